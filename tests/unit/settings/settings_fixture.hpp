// Writes configuration files into a folder of its own and loads them with a made-up environment.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "settings/load.hpp"

namespace edgemesh::settings {

class settings_fixture : public testing::Test {
 protected:
  settings_fixture() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("edgemesh-" + std::to_string(getpid()) + "-" + test->test_suite_name() + "-" + test->name());
    std::filesystem::create_directories(folder_);
  }
  ~settings_fixture() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name) << content;
    return folder_ / name;
  }
  source from(const std::string& yaml) {
    source out;
    out.config_file = file("edgemesh.yaml", yaml);
    out.command_line = flags_;
    out.env = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    return out;
  }
  /// Settings of a file without faults.
  node_settings good(const std::string& yaml) {
    auto report = read(from(yaml));
    for (const auto& f : report.faults) ADD_FAILURE() << f.to_string();
    return report.settings;
  }
  std::vector<fault> faults_of(const std::string& yaml) { return read(from(yaml)).faults; }
  /// The only fault as "line:column: key: message".
  std::string only_fault(const std::string& yaml) {
    const auto all = faults_of(yaml);
    for (std::size_t i = 1; i < all.size(); ++i) ADD_FAILURE() << "a second fault: " << all[i].to_string();
    if (all.empty()) return "no fault";
    const auto& f = all.front();
    return std::to_string(f.line) + ":" + std::to_string(f.column) + ": " + f.key + ": " + f.message;
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> variables_;
  overrides flags_;
};

}  // namespace edgemesh::settings
