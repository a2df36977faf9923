// The commands of `mesh` and `peers`: what they send, what they print, what they refuse.
#include "cli/mesh_commands.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "canned_server.hpp"
#include "command_run.hpp"
#include "domain/join_token.hpp"
#include "net/mesh_identity.hpp"
#include "proto/records.hpp"
#include "replication/roster.hpp"
#include "store/mesh_state.hpp"

namespace edgemesh::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
namespace fs = std::filesystem;

class MeshInit : public testing::Test {
 protected:
  MeshInit() {
    std::string pattern = testing::TempDir() + "edgemesh-init-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
  }
  ~MeshInit() override { fs::remove_all(folder_); }
  outcome init(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"mesh", "init", "--data-dir", folder_ / "data", "--name", "fra-1", "--site", "fra"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_with(arguments);
  }
  fs::path folder_;
};

TEST_F(MeshInit, WritesAFoundingRecordThatEveryNodeCanCheck) {
  const auto got = init();
  ASSERT_EQ(got.code, 0) << got.err;
  const auto disk = store::open_store(folder_ / "data/store");
  ASSERT_TRUE(disk) << disk.error().message;
  const auto state = store::load_mesh_state(**disk);
  ASSERT_TRUE(state && *state);
  EXPECT_THAT(got.out, StartsWith("mesh " + (*state)->id.to_hex() + ", founded by fra-1 at fra\n"));
  ASSERT_EQ((*state)->records.size(), 1u);

  const auto identity = net::load_identity(folder_ / "data/identity.key");
  ASSERT_TRUE(identity) << identity.error().message;
  const auto record = proto::read_record((*state)->records[0]);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_TRUE(proto::is_genuine(*record, (*state)->id, **identity));
  replication::roster members({(*state)->id, (*state)->founding}, **identity);
  EXPECT_TRUE(members.learn(*record));
  const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto* founder = members.find((*identity)->own_key(), now);
  ASSERT_NE(founder, nullptr);
  EXPECT_EQ(founder->name, "fra-1");
  EXPECT_EQ(founder->site, "fra");
  EXPECT_EQ(founder->role, node_role::full);
  EXPECT_EQ(founder->clearance, "confidential");
  EXPECT_NE(members.find((*identity)->own_key(), now + 364ll * 86400), nullptr);
  EXPECT_EQ(members.find((*identity)->own_key(), now + 366ll * 86400), nullptr);
  EXPECT_GE(*store::next_incarnation(**disk, 0), static_cast<std::uint64_t>(now));
}

TEST_F(MeshInit, KeepsTheKeyToItsOwner) {
  ASSERT_EQ(init().code, 0);
  EXPECT_EQ(fs::status(folder_ / "data/identity.key").permissions() & fs::perms::mask, fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(MeshInit, TakesTheHighestClassOfTheConfiguration) {
  std::ofstream(folder_ / "c.yaml") << "data_classes: [low, high]\ndata_dir: data\nnode: {name: ams-1}";
  ASSERT_EQ(run_with({"mesh", "init", "--config", folder_ / "c.yaml"}).code, 0);
  const auto disk = store::open_store(folder_ / "data/store");
  ASSERT_TRUE(disk);
  const auto state = store::load_mesh_state(**disk);
  const auto body = proto::read_member(*proto::read_record((*state)->records[0]));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->clearance, "high");
  EXPECT_EQ(body->name, "ams-1");
  EXPECT_EQ(body->site, "");
}

TEST_F(MeshInit, RefusesASecondMeshAndKeepsTheFirst) {
  const auto first = init();
  const auto again = init();
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("is in the mesh " + first.out.substr(5, 32) + " already"));
  EXPECT_THAT(again.out, testing::IsEmpty());
}

TEST_F(MeshInit, RefusesAFolderThatIsInUseAndLeavesNoKeyThere) {
  const auto held = store::open_store(folder_ / "data/store");
  ASSERT_TRUE(held);
  const auto got = init();
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err, HasSubstr("is in use by another process"));
  EXPECT_FALSE(fs::exists(folder_ / "data/identity.key"));
}

TEST_F(MeshInit, WrongUsageIsTwo) {
  EXPECT_EQ(init({"--name", "No_Name"}).code, 2);
  EXPECT_EQ(run_with({"mesh", "init", "--config", folder_ / "absent.yaml"}).code, 2);
  EXPECT_EQ(run_with({"mesh"}).code, 2);
  EXPECT_EQ(run_with({"mesh", "evict"}).code, 2);
}

/// The command's exit code and text, and what the node was asked.
struct asked : outcome {
  std::string request;
};
asked ask_with(std::vector<std::string> arguments, const std::string& answer) {
  canned_server node({canned_server::json(answer)});
  arguments.insert(arguments.end(), {"--admin", node.address()});
  auto got = run_with(arguments);
  const auto requests = node.requests();
  return {std::move(got), requests.empty() ? "" : requests[0]};
}

TEST(MeshInvite, PrintsTheTokenAloneOnItsLastLine) {
  const auto got = ask_with({"mesh", "invite"}, R"({"token":"emj1_abc","id":"0102","role":"full","data_class":"public","expires_at":"2026-11-23T08:15:00Z","addresses":["fra:8791"]})");
  EXPECT_EQ(got.code, 0);
  EXPECT_THAT(got.out, EndsWith("\nemj1_abc\n"));
  EXPECT_THAT(got.out, StartsWith("for one full node, data up to public, until 2026-11-23T08:15:00Z, redeemed at fra:8791; there: edgemesh serve --join TOKEN\n"));
  EXPECT_THAT(got.request, StartsWith("POST /admin/v1/join-tokens "));
  EXPECT_THAT(got.request, EndsWith(R"({"role":"full","ttl":900})"));
}

TEST(MeshInvite, SendsWhatWasSaid) {
  const auto got = ask_with({"mesh", "invite", "--role", "edge", "--site", "fra", "--data-class", "internal", "--name", "lap", "--ttl", "90s"}, "{}");
  EXPECT_THAT(got.request, EndsWith(R"({"role":"edge","site":"fra","data_class":"internal","name":"lap","ttl":90})"));
}

TEST(MeshInvite, RefusesWhatNoNodeWouldGrant) {
  for (const auto& wrong : std::vector<std::vector<std::string>>{{"--role", "admin"}, {"--site", "Fra 1"}, {"--ttl", "16m"}, {"--ttl", "0s"}, {"--ttl", "soon"}}) {
    std::vector<std::string> arguments{"mesh", "invite"};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    const auto got = run_with(arguments);
    EXPECT_EQ(got.code, 2) << wrong[1];
    EXPECT_THAT(got.err, HasSubstr(wrong[0] + ": expected")) << wrong[1];
  }
}

TEST(MeshEvict, NamesTheNodeAndTheTime) {
  const auto got = ask_with({"mesh", "evict", "lap", "--since", "2026-11-23T08:00:00Z"},
                            R"({"node":"lap","key":"0123456789abcdef","since":"2026-11-23T08:00:00.000Z","acknowledged":["a","b"],"waiting":["c"]})");
  EXPECT_EQ(got.code, 0);
  EXPECT_THAT(got.request, StartsWith("POST /admin/v1/evictions "));
  EXPECT_THAT(got.request, EndsWith(R"({"node":"lap","since":1795420800000})"));
  EXPECT_EQ(got.out, "lap (01234567) is evicted; what it signed after 2026-11-23T08:00:00.000Z no longer counts\ntold      a, b\nwaiting   c\n");
  EXPECT_THAT(ask_with({"mesh", "evict", std::string(64, 'a')}, "{}").request, EndsWith("{\"node\":\"" + std::string(64, 'a') + "\"}"));
}

TEST(MeshEvict, TakesADurationAsTimeBeforeNow) {
  const auto got = ask_with({"mesh", "evict", "lap", "--since", "2h"}, "{}");
  const auto at = got.request.rfind(':');
  const auto since = std::stoll(got.request.substr(at + 1));
  const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(static_cast<double>(now - since), 7'200'000, 60'000);
}

TEST(MeshEvict, RefusesWhatIsNoNodeAndNoTime) {
  EXPECT_EQ(run_with({"mesh", "evict", "No_Name"}).code, 2);
  EXPECT_THAT(run_with({"mesh", "evict", "lap", "--since", "yesterday"}).err, HasSubstr("--since: expected a time"));
}

TEST(MeshLeaveAndRotate, PostAndSayWhatBecame) {
  const auto left = ask_with({"mesh", "leave"}, R"({"node":"lap","mesh":"00ff"})");
  EXPECT_THAT(left.request, StartsWith("POST /admin/v1/mesh/leave "));
  EXPECT_EQ(left.out, "lap has left the mesh 00ff and serves on alone\n");
  const auto rotated = ask_with({"mesh", "rotate"}, R"({"node":"lap","key":"00ff","old_key":"ff00"})");
  EXPECT_THAT(rotated.request, StartsWith("POST /admin/v1/mesh/rotate "));
  EXPECT_EQ(rotated.out, "lap has a new key, 00ff\n");
}

TEST(MeshStatus, IsAFewLinesForPeopleAndTheNodesJsonForPrograms) {
  const std::string answer = R"({"mesh":"00112233445566778899aabbccddeeff","node":"fra-1","site":"fra","key":"0123456789abcdef","role":"full",)"
                             R"("data_class":"confidential","not_after":"2036-11-20T00:00:00Z","members":{"alive":3,"suspect":0,"dead":1},"links":2,)"
                             R"("listen":{"mesh":"0.0.0.0:8790","peer":"0.0.0.0:8791"},"advertise":{"mesh":"fra-1:8790"},)"
                             R"("protocol":{"min":1,"max":2,"in_use":1,"held_back_by":["old"]},"features":[{"name":"x","on":false,"held_back_by":["old"]}],)"
                             R"("clock":{"offset_ms":812.5,"ok":false},"records":40,"digest":"0badcafe"})";
  const auto got = ask_with({"mesh", "status"}, answer);
  EXPECT_THAT(got.request, StartsWith("GET /admin/v1/mesh "));
  EXPECT_EQ(got.out,
            "mesh      00112233445566778899aabbccddeeff\n"
            "node      fra-1 at fra, full, data up to confidential, key 01234567, member until 2036-11-20T00:00:00Z\n"
            "members   3 alive, 1 dead\n"
            "links     2\n"
            "listen    mesh 0.0.0.0:8790, peer 0.0.0.0:8791\n"
            "dialled   fra-1:8790\n"
            "protocol  1, this build speaks 1 to 2, held back by old\n"
            "waiting   x, for old\n"
            "clock     812ms from the peers' median: set this machine's clock\n"
            "records   40\n"
            "digest    0badcafe\n");
  EXPECT_EQ(ask_with({"mesh", "status", "--json"}, answer).out, answer + "\n");
}

TEST(MeshStatus, OfANodeAloneSaysHowToGetAMesh) {
  EXPECT_THAT(ask_with({"mesh", "status"}, R"({"mesh":null,"node":"fra-1"})").out, StartsWith("this node is in no mesh: `edgemesh mesh init`"));
}

TEST(Peers, AreATable) {
  const auto got = ask_with({"peers"}, R"({"data":[{"name":"ams-1","key":"0123456789","site":"ams","role":"edge","data_class":"internal","state":"alive",)"
                                       R"("link":"direct","rtt_ms":0.31,"heard_s":0.2,"backends":2,"version":"0.1.0"},{"name":"b\u001b[2J"}]})");
  EXPECT_THAT(got.request, StartsWith("GET /admin/v1/peers "));
  EXPECT_THAT(got.out, StartsWith("NODE"));
  for (const auto* cell : {"ams-1", "ams", "edge", "internal", "alive", "direct", "0.3ms", "0.2s", "2", "0.1.0", "01234567"}) EXPECT_THAT(got.out, HasSubstr(cell));
  EXPECT_THAT(got.out, Not(HasSubstr("\x1b")));
  EXPECT_EQ(ask_with({"peers"}, R"({"data":[]})").out, "no peers\n");
}

class ServeJoin : public MeshInit {
 protected:
  outcome join(const std::string& token) {
    return run_with({"serve", "--api", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data-dir", folder_ / "data", "--join", token});
  }
  static std::string token_ending_at(std::int64_t unix_s) {
    join_token t;
    t.mesh.bytes.fill(1);
    t.inviter.bytes.fill(2);
    t.key = secret(std::string(join_token::key_bytes, 'k'));
    t.addresses = {{"127.0.0.1", 1}};
    t.expires_at = unix_s;
    return std::string(write_join_token(t).reveal());
  }
};

TEST_F(ServeJoin, ExplainsATokenThatIsNone) {
  const auto got = join("hello");
  EXPECT_EQ(got.code, 2);
  EXPECT_THAT(got.err, HasSubstr("--join: this is no join token: expected text that begins with emj1_"));
  const auto cut = token_ending_at(4'000'000'000).substr(0, 60);
  EXPECT_THAT(join(cut).err, HasSubstr("mistyped or cut off"));
  EXPECT_THAT(join(cut).err, Not(HasSubstr(cut.substr(5))));
}

TEST_F(ServeJoin, RefusesATokenThatHasEnded) {
  const auto got = join(token_ending_at(1'700'000'000));
  EXPECT_EQ(got.code, 2);
  EXPECT_THAT(got.err, HasSubstr("--join: this join token has ended"));
}

TEST_F(ServeJoin, ReadsTheTokenFromAFile) {
  EXPECT_THAT(join("@" + (folder_ / "absent").string()).err, HasSubstr("--join: "));
  std::ofstream(folder_ / "token") << token_ending_at(1'700'000'000) << "\n";
  EXPECT_THAT(join("@" + (folder_ / "token").string()).err, HasSubstr("has ended"));
}

TEST(Timestamps, AreReadStrictly) {
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_timestamp("2026-11-23T00:19:29.123Z"), 1795393169123);
  EXPECT_EQ(parse_timestamp("2026-11-23t02:19:29.1239+02:00"), 1795393169123);
  EXPECT_EQ(parse_timestamp("2026-11-22T23:49:29-00:30"), 1795393169000);
  EXPECT_EQ(parse_timestamp("2038-01-19T03:14:08Z"), 2147483648000);
  for (const auto* wrong : {"", "2026-11-23", "2026-11-23T00:19Z", "2026-11-23T00:19:29", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z",
                            "2026-11-23T00:60:00Z", "2026-11-23T00:00:60Z", "2026-11-23T00:00:00.Z", "2026-11-23T00:00:00+2:00", "-026-11-23T00:00:00Z",
                            "1969-12-31T23:59:59Z", "2026-11-23T00:00:00Zx", "20261123T000000Z"})
    EXPECT_FALSE(parse_timestamp(wrong)) << wrong;
}

}  // namespace
}  // namespace edgemesh::cli
