#include "render/own_login.h"

#include <gtest/gtest.h>

#include "settings_from_json.h"

namespace unified::render {
namespace {

enum class Login { kNone, kUser };

std::string fault(const std::string& text, Login login = Login::kNone, bool jetstream = true) {
  config::Settings settings = default_settings();
  settings.auth.enabled = login == Login::kUser;
  settings.jetstream.enabled = jetstream;
  const auto entries = read_conf(text, "x.conf");
  EXPECT_TRUE(entries) << text;
  return entries ? own_login_fault(*entries, "x.conf", settings).value_or("") : "";
}

/// Each was ready, or was refused, on 2.9.10, 2.10.27 and 2.15.1.
struct LoginRow {
  const char* text;
  Login login;
  const char* in_fault;  ///< empty: it is let in, and has JetStream
};

const LoginRow kLoginRows[] = {
    {"accounts { APP { jetstream: enabled, users: [ {user: a, password: b} ] } }", Login::kNone,
     "lets nobody in without a login"},
    {"accounts { APP { jetstream: enabled, users: [ {nkey: UDX} ] } }", Login::kNone,
     "lets nobody in without a login"},
    {"accounts { SYS { users: [ {user: s, password: b} ] } }", Login::kNone,
     "lets nobody in without a login"},
    {"accounts { APP { jetstream: enabled, users: [ {user: a, password: b} ] } }\nno_auth_user: a",
     Login::kNone, ""},
    {"accounts { APP { jetstream: {max_file: 1GB}, users: [ {user: a, password: b} ] } }\n"
     "no_auth_user: a",
     Login::kNone, ""},
    {"accounts { APP { users: [ {user: a, password: b} ] } }\nno_auth_user: a", Login::kNone,
     "account APP, which has no JetStream"},
    {"accounts { APP { jetstream: disabled, users: [ {user: a, password: b} ] } }\nno_auth_user: a",
     Login::kNone, "account APP, which has no JetStream"},
    {"accounts { APP { jetstream: enabled, users: [ {user: a, password: b} ] } }\nno_auth_user: z",
     Login::kNone, "no_auth_user z is no user"},
    {"accounts { APP { jetstream: enabled, users: [ {user: a, password: b, "
     "allowed_connection_types: [\"WEBSOCKET\"]} ] } }\nno_auth_user: a",
     Login::kNone, "lack STANDARD"},
    {"accounts { $SYS { users: [ {user: s, password: b} ] } }\nno_auth_user: s", Login::kNone,
     "the system account can have none"},
    {"accounts { APP { jetstream: enabled } }", Login::kNone, "gives $G no JetStream"},
    {"accounts: [APP, OTHER]", Login::kNone, "gives $G no JetStream"},
    {"accounts { $SYS { users: [ {user: s, password: b} ] } }", Login::kNone, ""},
    {"accounts { SYS { users: [ {user: s, password: b} ] } }\nsystem_account: SYS", Login::kNone,
     ""},
    {"accounts { JS { jetstream: enabled, users: [ {user: j, password: j} ], exports: [ {service: "
     "\"$JS.API.>\"} ] }\n APP { users: [ {user: a, password: b} ], imports: [ {service: "
     "{account: JS, subject: \"$JS.API.>\"}} ] } }\nno_auth_user: a",
     Login::kNone, ""},
    {"trusted_keys: [OCQM]\nresolver: MEMORY", Login::kNone, "without a JSON Web Token"},
    {"websocket { port: 9222, no_tls: true }", Login::kNone, ""},
    // The users that we render are in $G.
    {"accounts { APP { jetstream: enabled, users: [ {user: a, password: b} ] } }", Login::kUser,
     "gives $G no JetStream"},
    {"accounts { APP { jetstream: enabled, users: [ {user: a, password: b} ] } }\nno_auth_user: a",
     Login::kUser, "NATS_AUTH_ENABLED=false and name"},
    {"accounts { $SYS { users: [ {user: s, password: b} ] } }", Login::kUser, ""},
};

TEST(OwnLoginTest, FindsWhatKeepsUsOutAndNothingElse) {
  for (const LoginRow& row : kLoginRows) {
    const std::string found = fault(row.text, row.login);
    if (std::string_view{row.in_fault}.empty())
      EXPECT_EQ(found, "") << row.text;
    else
      EXPECT_NE(found.find(row.in_fault), std::string::npos) << row.text << "\n" << found;
  }
}

TEST(OwnLoginTest, SaysWhere) {
  EXPECT_TRUE(fault("# mine\naccounts { A { users: [ {user: a, password: S3cret} ] } }")
                  .starts_with("x.conf:2: "));
  EXPECT_EQ(fault("accounts { A { users: [ {user: a, password: S3cret} ] } }").find("S3cret"),
            std::string::npos);
}

TEST(OwnLoginTest, NeverRefusesWhatItCannotRead) {
  for (const char* text :
       {"accounts { APP { jetstream: enabled, users: $USERS } }\nUSERS: [ {user: a, password: b} ]",
        "accounts: $MINE\nMINE { A { } }", "accounts { A { } }\nACCOUNTS { $SYS { } }",
        "accounts { APP { users: [ {user: $NAME, password: b} ] } }\nNAME: a",
        "accounts { APP { jetstream: $JS, users: [ {user: a, password: b} ] } }\nJS: enabled\n"
        "no_auth_user: a",
        R"(accounts { APP { users: [ {user: "\x61", password: b} ] } })"})
    EXPECT_EQ(fault(text), "") << text;
}

TEST(OwnLoginTest, WithoutJetStreamOnlyTheLoginCounts) {
  EXPECT_EQ(fault("accounts { APP { } }", Login::kNone, false), "");
  EXPECT_EQ(fault("accounts { APP { } }", Login::kUser, false), "");
  EXPECT_NE(fault("accounts { APP { users: [ {user: a, password: b} ] } }", Login::kNone, false),
            "");
}

}  // namespace
}  // namespace unified::render
