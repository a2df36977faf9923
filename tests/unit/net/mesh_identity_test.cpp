#include "net/mesh_identity.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "net/keyed_hash.hpp"
#include "net/secure_random.hpp"

namespace edgemesh::net {
namespace {

namespace fs = std::filesystem;

class MeshIdentity : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("edgemesh-identity-" + random_mesh_id().to_hex());
    fs::create_directory(folder);
    path = (folder / "identity.key").string();
  }
  void TearDown() override { fs::remove_all(folder); }
  void write(const std::string& text, mode_t mode) {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
  }
  std::string read() {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string refusal() {
    const auto loaded = load_or_make_identity(path);
    EXPECT_FALSE(loaded);
    const std::string text = loaded ? "" : loaded.error().message;
    EXPECT_EQ(text.find('\n'), std::string::npos);
    return text;
  }
  fs::path folder;
  std::string path;
};

TEST_F(MeshIdentity, IsMadeOnceAndFoundAgain) {
  const auto made = load_or_make_identity(path);
  ASSERT_TRUE(made) << made.error().message;
  const auto found = load_or_make_identity(path);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*made)->own_key(), (*found)->own_key());
  EXPECT_FALSE((*made)->own_key().is_zero());
  EXPECT_NE(make_identity()->own_key(), (*made)->own_key());
}

TEST_F(MeshIdentity, LeavesOneFileThatItsOwnerAloneMayRead) {
  const auto old = ::umask(0);
  ASSERT_TRUE(load_or_make_identity(path));
  ::umask(old);
  struct stat about {};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777u, 0600u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  EXPECT_EQ(read().substr(0, 27), "-----BEGIN PRIVATE KEY-----");
}

TEST_F(MeshIdentity, RefusesAFileThatOthersCanRead) {
  ASSERT_TRUE(load_or_make_identity(path));
  for (const mode_t mode : {0644, 0640, 0604, 0620}) {
    ::chmod(path.c_str(), mode);
    EXPECT_NE(refusal().find("chmod 600 " + path), std::string::npos);
  }
}

TEST_F(MeshIdentity, RefusesWhatIsNoEd25519Key) {
  const std::string nothing = path + " holds no Ed25519 private key in PEM";
  write("", 0600);
  EXPECT_EQ(refusal(), nothing);
  write("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI\n-----END PRIVATE KEY-----\n", 0600);
  EXPECT_EQ(refusal(), nothing);
  write(std::string(5000, 'A'), 0600);
  EXPECT_EQ(refusal(), nothing);
  // X25519, RFC 8410 section 7.
  write("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n", 0600);
  EXPECT_EQ(refusal(), nothing);
}

TEST_F(MeshIdentity, ReadsTheKeyOfTheStandard) {
  // RFC 8410 section 10.3 and 10.1.
  write("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n", 0600);
  const auto loaded = load_identity(path);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ((*loaded)->own_key().to_hex(), "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
}

TEST_F(MeshIdentity, AFolderOrAnAbsentFolderIsAnErrorInWords) {
  fs::create_directory(path);
  ::chmod(path.c_str(), 0700);
  EXPECT_EQ(refusal(), path + " is not a file");
  path = (folder / "absent" / "identity.key").string();
  EXPECT_NE(refusal().find("cannot write " + path), std::string::npos);
}

TEST_F(MeshIdentity, IsNeverReplacedAndADraftOfADeadProcessIsNoObstacle) {
  ASSERT_TRUE(load_or_make_identity(path));
  const auto before = read();
  const auto again = make_identity_file(path);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("exists already"), std::string::npos);
  EXPECT_EQ(read(), before);
  fs::remove(path);
  std::ofstream(path + ".new") << "half a ke";
  EXPECT_TRUE(load_or_make_identity(path));
  EXPECT_FALSE(fs::exists(path + ".new"));
}

TEST_F(MeshIdentity, LoadingDoesNotMakeOne) {
  const auto loaded = load_identity(path);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message, "there is no identity at " + path);
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(MeshIdentity, SignsAsTheStandardSays) {
  // RFC 8032 7.1, TEST 3: the secret key in PKCS#8.
  write("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3\n-----END PRIVATE KEY-----\n", 0600);
  const auto id = load_identity(path);
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_EQ((*id)->own_key().to_hex(), "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  EXPECT_EQ((*id)->sign("\xaf\x82").to_hex(),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
}

TEST_F(MeshIdentity, BelievesOnlyTheSignerAndTheText) {
  const auto a = make_identity(), b = make_identity();
  const auto signature = a->sign("who lives");
  EXPECT_TRUE(b->verify(a->own_key(), "who lives", signature));
  EXPECT_FALSE(b->verify(b->own_key(), "who lives", signature));
  EXPECT_FALSE(b->verify(a->own_key(), "who leaves", signature));
  EXPECT_FALSE(b->verify(a->own_key(), "", signature));
  auto bent = signature;
  bent.bytes[40] ^= 1;
  EXPECT_FALSE(b->verify(a->own_key(), "who lives", bent));
}

TEST(KeyedHash, AgreesWithTheStandards) {
  EXPECT_EQ(sha256("abc").to_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2
  // RFC 4231, test case 2.
  EXPECT_EQ(keyed_hash(secret("Jefe"), "what do ya want for nothing?").to_hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(KeyedHash, ComparesWholeTexts) {
  EXPECT_TRUE(equal_secretly("abc", "abc"));
  EXPECT_TRUE(equal_secretly("", ""));
  EXPECT_FALSE(equal_secretly("abc", "abd"));
  EXPECT_FALSE(equal_secretly("abc", "ab"));
}

TEST(SecureRandom, NeverSaysTheSameTwice) {
  EXPECT_NE(random_mesh_id(), random_mesh_id());
  EXPECT_EQ(random_bytes(33).size(), 33u);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace edgemesh::net
