#include "services/accounts/accounts.h"

#include "services/accounts/throttle.h"
#include "services/accounts/totp.h"
#include "tests/testing.h"

static struct arena arena = { .name = "test", .chunk_bytes = 65536 };
static const int64_t SECOND = 1000000000, START = 1700000000LL * 1000000000;

struct house {
    struct db *db;
    struct accounts accounts;
    struct actor actor;
    char ann[DB_ID_BYTES], bob[DB_ID_BYTES];
};

static const struct str ann_password = { "seven green bicycles", 20 };

static void open_house(struct house *h)
{
    const char *folder = testing_folder();
    CHECK_OK(db_open(&h->db, arena_printf(&arena, "%s/ironfly.db", folder)));
    CHECK_OK(accounts_open(&h->accounts, h->db, folder, password_cost_least));
    h->actor = (struct actor){ "", "10.1.2.3", "req", "test", START };
    CHECK_OK(accounts_add_user(&h->accounts, h->db, &h->actor, STR("Ann"), ann_password, "admin",
                               h->ann));
    CHECK_OK(accounts_add_user(&h->accounts, h->db, &h->actor, STR("bob"),
                               STR("nine purple lanterns"), "viewer", h->bob));
}

static void close_house(struct house *h)
{
    struct audit_head head;
    CHECK_OK(audit_verify(h->db, &h->accounts.keys, &head));
    db_close(h->db);
    arena_clear(&arena);
}

static struct login_result login(struct house *h, const char *name, struct str password,
                                 enum session_kind kind, const char *device)
{
    struct login_result r;
    struct login_attempt attempt = { str_from(name), password, str_from(device), kind, NULL };
    CHECK_OK(accounts_login(&h->accounts, h->db, &h->actor, &attempt, &r));
    return r;
}

static enum err identify(struct house *h, const char *cookie, const char *bearer,
                         struct identity *out)
{
    return accounts_identify(&h->accounts, h->db, h->actor.now_ns, str_from(cookie),
                             str_from(bearer), out);
}

TEST(password, hashes_as_argon2id_and_knows_its_own)
{
    char one[PASSWORD_HASH_BYTES], two[PASSWORD_HASH_BYTES];
    CHECK_OK(password_hash(one, password_cost_least, STR("correct horse")));
    CHECK_OK(password_hash(two, password_cost_least, STR("correct horse")));
    CHECK_HAS(one, "$argon2id$v=19$m=19456,t=2,p=1$");
    CHECK(strcmp(one, two) != 0);
    CHECK(password_verify(one, password_cost_least, STR("correct horse")));
    CHECK(!password_verify(one, password_cost_least, STR("correct horsf")));
    CHECK(!password_verify(NULL, password_cost_least, STR("correct horse")));
    CHECK(!password_is_outdated(one, password_cost_least));
    CHECK(password_is_outdated(one, password_cost_default));
    /* Of the reference program (argon2 0~20171227): -id -t 2 -k 19456 -p 1 -l 32, salt
     * 0123456789abcdef. */
    CHECK(password_verify(
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$rk2Mi3E4dgRMg0fHaYaptWVZRKqs//6b6k3/nntqGJk",
        password_cost_least, STR("correct horse")));
}

TEST(password, refuses_what_guessers_try_first)
{
    static const char *const bad[] = { "short",         "elevenchars",    "aaaaaaaaaaaaaaaa",
                                       "123456789012",  "abcdefghijklm",  "Password1234!",
                                       "qwertyuiop123", "my name is ann", "\xff\xfe valid not utf8",
                                       "ironfly 2024!!" };
    FOR_EACH (text, bad)
        CHECK_EQ(password_check(str_from(*text), STR("ann")), ERR_RANGE);
    CHECK_OK(password_check(STR("seven green bicycles"), STR("ann")));
    CHECK_OK(password_check(STR("grüne Fahrräder"), STR("ann")));
    char large[300];
    memset(large, 'x', sizeof large);
    CHECK_EQ(password_check((struct str){ large, sizeof large }, STR("ann")), ERR_RANGE);
}

TEST(totp, gives_the_codes_of_rfc_6238)
{
    /* RFC 6238, appendix B, SHA-1: the secret is the ASCII string below, eight digits. */
    static const struct {
        int64_t time;
        uint32_t code;
    } cases[] = {
        { 59, 94287082 },         { 1111111109, 7081804 },  { 1111111111, 14050471 },
        { 1234567890, 89005924 }, { 2000000000, 69279037 }, { 20000000000, 65353130 },
    };
    FOR_EACH (c, cases)
        CHECK_EQ(totp_code(STR("12345678901234567890"), c->time / 30, 8), c->code);
    /* RFC 4226, appendix D: six digits of counters 0 to 9. */
    static const uint32_t hotp[] = { 755224, 287082, 359152, 969429, 338314,
                                     254676, 287922, 162583, 399871, 520489 };
    for (int i = 0; i < 10; i++)
        CHECK_EQ(totp_code(STR("12345678901234567890"), i, 6), hotp[i]);
    char base32[TOTP_BASE32_BYTES];
    totp_base32(base32, (const unsigned char *)"12345678901234567890");
    CHECK_STR(base32, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    struct buf uri = { 0 };
    totp_uri(&uri, base32, STR("ann@x"));
    CHECK_STR(
        uri.ptr,
        "otpauth://totp/Ironfly:ann%40x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ironfly&algorithm=SHA1&digits=6&period=30");
    buf_free(&uri);
}

TEST(totp, allows_one_step_of_drift_and_no_more)
{
    struct str secret = STR("12345678901234567890");
    int64_t step = 0;
    CHECK(totp_verify(secret, STR("287082"), 30, &step));
    CHECK_EQ(step, 1);
    CHECK(totp_verify(secret, STR("287082"), 0, &step));
    CHECK(totp_verify(secret, STR("287082"), 89, &step));
    CHECK(!totp_verify(secret, STR("287082"), 90, &step));
    CHECK(!totp_verify(secret, STR("28708"), 30, &step));
    CHECK(!totp_verify(secret, STR("2870822"), 30, &step));
}

TEST(accounts, a_login_gives_a_session_that_is_known_again_until_it_ends)
{
    struct house h;
    struct identity who;
    open_house(&h);
    struct login_result r = login(&h, "aNN", ann_password, SESSION_BROWSER, "");
    CHECK_EQ(r.outcome, LOGIN_DONE);
    CHECK_OK(identify(&h, r.token, "", &who));
    CHECK_STR(who.login, "Ann");
    CHECK(who.permissions & PERMISSION_BIT(MAY_MANAGE_USERS));
    CHECK(who.is_browser);
    CHECK_STR(who.csrf, r.identity.csrf);
    CHECK_EQ(identify(&h, "", r.token, &who), ERR_REFUSED); /* a cookie is no bearer token */
    CHECK_EQ(identify(&h, "nonsense", "", &who), ERR_REFUSED);
    CHECK_EQ(identify(&h, "", "", &who), ERR_REFUSED);
    h.actor.now_ns += 11 * 3600 * SECOND; /* used, so it goes on ... */
    CHECK_OK(identify(&h, r.token, "", &who));
    h.actor.now_ns += 11 * 3600 * SECOND;
    CHECK_OK(identify(&h, r.token, "", &who));
    h.actor.now_ns += 13 * 3600 * SECOND; /* ... until nobody uses it */
    CHECK_EQ(identify(&h, r.token, "", &who), ERR_REFUSED);
    r = login(&h, "ann", ann_password, SESSION_BROWSER, "");
    for (int i = 0; i < 40; i++) { /* or it is a fortnight old */
        h.actor.now_ns += 8 * 3600 * SECOND;
        (void)!identify(&h, r.token, "", &who);
    }
    CHECK_OK(identify(&h, r.token, "", &who));
    h.actor.now_ns += 8 * 3600 * SECOND;
    (void)!identify(&h, r.token, "", &who);
    h.actor.now_ns += 8 * 3600 * SECOND;
    CHECK_EQ(identify(&h, r.token, "", &who), ERR_REFUSED);
    r = login(&h, "ann", ann_password, SESSION_BROWSER, "");
    CHECK_OK(accounts_logout(&h.accounts, h.db, &h.actor, &r.identity));
    CHECK_EQ(identify(&h, r.token, "", &who), ERR_REFUSED);
    CHECK_EQ(accounts_still(&h.accounts, h.db, h.actor.now_ns, &r.identity), ERR_REFUSED);
    close_house(&h);
}

TEST(accounts, guessing_slows_down_and_locks_nobody_else_out)
{
    struct house h;
    open_house(&h);
    struct login_result mine = login(&h, "ann", ann_password, SESSION_BROWSER, "");
    CHECK_EQ(mine.outcome, LOGIN_DONE);
    int tries = 0;
    for (int i = 0; i < 40; i++) { /* an attacker, a try every ten seconds */
        h.actor.now_ns += 10 * SECOND;
        tries +=
            login(&h, "ann", STR("wrong wrong wrong"), SESSION_BROWSER, "").outcome == LOGIN_WRONG;
    }
    CHECK(tries < 15);
    CHECK_EQ(login(&h, "ann", ann_password, SESSION_BROWSER, "").outcome,
             LOGIN_WAIT); /* not even the right one */
    CHECK_EQ(login(&h, "ann", ann_password, SESSION_BROWSER, mine.device).outcome,
             LOGIN_DONE);        /* but Ann's browser */
    h.actor.peer = "192.0.2.77"; /* and Ann from elsewhere */
    CHECK_EQ(login(&h, "ann", ann_password, SESSION_BROWSER, "").outcome, LOGIN_DONE);
    CHECK_EQ(login(&h, "bob", STR("nine purple lanterns"), SESSION_BROWSER, "").outcome,
             LOGIN_DONE);
    h.actor.peer = "10.1.2.99"; /* a neighbour of the attacker is the attacker */
    CHECK_EQ(login(&h, "ann", ann_password, SESSION_BROWSER, "").outcome, LOGIN_WAIT);
    CHECK_EQ(login(&h, "ann", ann_password, SESSION_BROWSER, "x.y").outcome,
             LOGIN_WAIT); /* no such device */
    h.actor.now_ns += 1000 * SECOND;
    CHECK_EQ(login(&h, "ann", ann_password, SESSION_BROWSER, "").outcome, LOGIN_DONE);
    close_house(&h);
}

TEST(accounts, a_network_that_tries_many_logins_is_slowed)
{
    struct house h;
    open_house(&h);
    for (int i = 0; i < 100; i++) {
        int wait = 0;
        CHECK_OK(throttle_take(h.db, THROTTLE_NET, "10.1.2.0/24", h.actor.now_ns, &wait));
        CHECK_EQ(wait, 0);
    }
    CHECK_EQ(login(&h, "bob", STR("nine purple lanterns"), SESSION_BROWSER, "").outcome,
             LOGIN_WAIT);
    h.actor.peer = "2001:db8::1";
    CHECK_EQ(login(&h, "bob", STR("nine purple lanterns"), SESSION_BROWSER, "").outcome,
             LOGIN_DONE);
    close_house(&h);
}

TEST(accounts, a_refresh_token_works_once_and_its_second_use_ends_everything)
{
    struct house h;
    struct identity who;
    struct login_result second, third;
    open_house(&h);
    struct login_result first = login(&h, "ann", ann_password, SESSION_ACCESS, "");
    CHECK_OK(identify(&h, "", first.token, &who));
    CHECK(!who.is_browser);
    CHECK_EQ(identify(&h, first.token, "", &who), ERR_REFUSED); /* a bearer token is no cookie */
    h.actor.now_ns += 601 * SECOND;
    CHECK_EQ(identify(&h, "", first.token, &who), ERR_REFUSED);
    CHECK_OK(accounts_refresh(&h.accounts, h.db, &h.actor, str_from(first.refresh), &second));
    CHECK_OK(identify(&h, "", second.token, &who));
    CHECK_EQ(accounts_refresh(&h.accounts, h.db, &h.actor, str_from(first.refresh), &third),
             ERR_REFUSED);
    CHECK_EQ(identify(&h, "", second.token, &who), ERR_REFUSED);
    CHECK_EQ(accounts_refresh(&h.accounts, h.db, &h.actor, str_from(second.refresh), &third),
             ERR_REFUSED);
    CHECK_EQ(accounts_refresh(&h.accounts, h.db, &h.actor, STR("if_rt_none"), &third), ERR_REFUSED);
    close_house(&h);
}

static void current_code(char out[8], const char *base32, int64_t now_ns)
{
    unsigned char secret[TOTP_SECRET_BYTES] = { 0 };
    uint64_t bits = 0;
    int have = 0;
    size_t n = 0;
    for (const char *c = base32; *c; c++) {
        bits = bits << 5 | (uint64_t)(*c >= 'A' ? *c - 'A' : *c - '2' + 26);
        if ((have += 5) >= 8)
            secret[n++] = (unsigned char)(bits >> (have -= 8));
    }
    snprintf(out, 8, "%06u", totp_code((struct str){ (char *)secret, n }, now_ns / SECOND / 30, 6));
}

TEST(accounts, the_second_factor_is_asked_for_and_no_code_works_twice)
{
    struct house h;
    struct totp_enrolment enrolment;
    struct login_result r;
    char recovery[RECOVERY_CODES][RECOVERY_BYTES], code[8];
    open_house(&h);
    struct login_result first = login(&h, "ann", ann_password, SESSION_BROWSER, "");
    CHECK_OK(accounts_totp_enrol(&h.accounts, h.db, &h.actor, &first.identity, &enrolment));
    CHECK_EQ(login(&h, "ann", ann_password, SESSION_BROWSER, "").outcome,
             LOGIN_DONE); /* not on yet */
    CHECK_EQ(accounts_totp_confirm(&h.accounts, h.db, &h.actor, &first.identity, STR("000000"),
                                   recovery),
             ERR_RANGE);
    current_code(code, enrolment.secret, h.actor.now_ns);
    CHECK_OK(accounts_totp_confirm(&h.accounts, h.db, &h.actor, &first.identity, str_from(code),
                                   recovery));
    buf_free(&enrolment.uri);
    CHECK_EQ(accounts_totp_enrol(&h.accounts, h.db, &h.actor, &first.identity, &enrolment),
             ERR_EXISTS);

    r = login(&h, "ann", ann_password, SESSION_BROWSER, "");
    CHECK_EQ(r.outcome, LOGIN_SECOND_FACTOR);
    CHECK_STR(r.token, "");
    char challenge[CHALLENGE_BYTES];
    memcpy(challenge, r.challenge, sizeof challenge);
    CHECK_OK(accounts_second_factor(&h.accounts, h.db, &h.actor, str_from(challenge),
                                    str_from(code), &r));
    CHECK_EQ(r.outcome, LOGIN_WRONG); /* the code that switched it on */
    close_house(&h);
}

TEST(accounts, a_code_or_a_recovery_code_completes_a_login_once)
{
    struct house h;
    struct totp_enrolment enrolment;
    struct login_result r, again;
    char recovery[RECOVERY_CODES][RECOVERY_BYTES], code[8], challenge[CHALLENGE_BYTES];
    open_house(&h);
    struct login_result first = login(&h, "ann", ann_password, SESSION_BROWSER, "");
    CHECK_OK(accounts_totp_enrol(&h.accounts, h.db, &h.actor, &first.identity, &enrolment));
    current_code(code, enrolment.secret, h.actor.now_ns);
    CHECK_OK(accounts_totp_confirm(&h.accounts, h.db, &h.actor, &first.identity, str_from(code),
                                   recovery));
    h.actor.now_ns += 30 * SECOND;
    r = login(&h, "ann", ann_password, SESSION_BROWSER, "");
    memcpy(challenge, r.challenge, sizeof challenge);
    current_code(code, enrolment.secret, h.actor.now_ns);
    CHECK_OK(accounts_second_factor(&h.accounts, h.db, &h.actor, str_from(challenge),
                                    str_from(code), &r));
    CHECK_EQ(r.outcome, LOGIN_DONE);
    CHECK(r.identity.used_totp);
    CHECK_OK(accounts_second_factor(&h.accounts, h.db, &h.actor, str_from(challenge),
                                    str_from(code), &again));
    CHECK_EQ(again.outcome, LOGIN_WRONG); /* replayed */
    CHECK_OK(accounts_second_factor(&h.accounts, h.db, &h.actor, str_from(challenge),
                                    str_from(recovery[3]), &again));
    CHECK_EQ(again.outcome, LOGIN_DONE);
    CHECK_OK(accounts_second_factor(&h.accounts, h.db, &h.actor, str_from(challenge),
                                    str_from(recovery[3]), &again));
    CHECK_EQ(again.outcome, LOGIN_WRONG);
    h.actor.now_ns += 301 * SECOND;
    CHECK_OK(accounts_second_factor(&h.accounts, h.db, &h.actor, str_from(challenge),
                                    str_from(recovery[4]), &again));
    CHECK_EQ(again.outcome, LOGIN_WRONG); /* too late */
    CHECK_OK(accounts_second_factor(&h.accounts, h.db, &h.actor, STR("forged"),
                                    str_from(recovery[4]), &again));
    CHECK_EQ(again.outcome, LOGIN_WRONG);
    r = login(&h, "ann", ann_password, SESSION_BROWSER, "");
    for (int i = 0; i < 10; i++)
        CHECK_OK(accounts_second_factor(&h.accounts, h.db, &h.actor, str_from(r.challenge),
                                        STR("123456"), &again));
    CHECK_EQ(again.outcome, LOGIN_WAIT); /* a million codes take a while */
    buf_free(&enrolment.uri);
    close_house(&h);
}

TEST(accounts, proving_again_changes_the_cookie)
{
    struct house h;
    struct identity who;
    struct login_result again;
    open_house(&h);
    struct login_result r = login(&h, "ann", ann_password, SESSION_BROWSER, "");
    h.actor.now_ns += 3600 * SECOND;
    CHECK_OK(
        accounts_step_up(&h.accounts, h.db, &h.actor, &r.identity, STR("wrong"), STR(""), &again));
    CHECK_EQ(again.outcome, LOGIN_WRONG);
    CHECK_OK(identify(&h, r.token, "", &who));
    CHECK_OK(accounts_step_up(&h.accounts, h.db, &h.actor, &who, ann_password, STR(""), &again));
    CHECK_EQ(again.outcome, LOGIN_DONE);
    CHECK_EQ(identify(&h, r.token, "", &who), ERR_REFUSED);
    CHECK_OK(identify(&h, again.token, "", &who));
    CHECK_EQ(who.auth_ns, h.actor.now_ns);
    close_house(&h);
}

TEST(accounts, a_token_holds_what_its_owner_gave_and_ends_with_the_password)
{
    struct house h;
    struct identity who;
    char id[DB_ID_BYTES], token[PERSONAL_TOKEN_BYTES];
    open_house(&h);
    struct login_result r = login(&h, "ann", ann_password, SESSION_BROWSER, "");
    struct login_result b = login(&h, "bob", STR("nine purple lanterns"), SESSION_BROWSER, "");
    uint64_t scopes = PERMISSION_BIT(MAY_READ_MARKET);
    CHECK_OK(accounts_add_token(&h.accounts, h.db, &h.actor, &r.identity, STR("script"), scopes,
                                h.actor.now_ns + 100 * SECOND, id, token));
    CHECK_OK(identify(&h, "", token, &who));
    CHECK_EQ(who.permissions, scopes);
    CHECK_STR(who.session_id, "");
    token[strlen(token) - 1] = token[strlen(token) - 1] == 'A' ? 'B' : 'A';
    CHECK_EQ(identify(&h, "", token, &who), ERR_REFUSED);
    CHECK_EQ(accounts_add_token(&h.accounts, h.db, &h.actor, &b.identity, STR("x"),
                                PERMISSION_BIT(MAY_MANAGE_USERS), 0, id, token),
             ERR_RANGE);
    CHECK_OK(accounts_add_token(&h.accounts, h.db, &h.actor, &r.identity, STR("two"), scopes, 0, id,
                                token));
    CHECK_EQ(accounts_end_token(&h.accounts, h.db, &h.actor, h.bob, id),
             ERR_NOT_FOUND); /* not bob's */
    CHECK_EQ(accounts_end_session(&h.accounts, h.db, &h.actor, h.bob, r.identity.session_id),
             ERR_NOT_FOUND);
    CHECK_OK(accounts_set_password(&h.accounts, h.db, &h.actor, h.ann, STR("eleven slow rivers"),
                                   r.identity.session_id));
    CHECK_EQ(identify(&h, "", token, &who), ERR_REFUSED);
    CHECK_OK(identify(&h, r.token, "", &who)); /* the session that changed it stays */
    CHECK_EQ(login(&h, "ann", ann_password, SESSION_BROWSER, "").outcome, LOGIN_WRONG);
    close_house(&h);
}

TEST(accounts, the_last_admin_stays_and_the_disabled_are_out)
{
    struct house h;
    struct identity who;
    open_house(&h);
    struct login_result b = login(&h, "bob", STR("nine purple lanterns"), SESSION_BROWSER, "");
    CHECK_EQ(accounts_set_disabled(&h.accounts, h.db, &h.actor, h.ann, true), ERR_REFUSED);
    CHECK_EQ(accounts_set_role(&h.accounts, h.db, &h.actor, h.ann, "trader"), ERR_REFUSED);
    CHECK_EQ(accounts_set_role(&h.accounts, h.db, &h.actor, h.bob, "emperor"), ERR_RANGE);
    CHECK_OK(accounts_set_role(&h.accounts, h.db, &h.actor, h.bob, "admin"));
    CHECK_OK(identify(&h, b.token, "", &who));
    CHECK(who.permissions & PERMISSION_BIT(MAY_MANAGE_USERS));
    CHECK_EQ(accounts_still(&h.accounts, h.db, h.actor.now_ns, &b.identity),
             ERR_REFUSED); /* streams start anew */
    CHECK_OK(accounts_set_disabled(&h.accounts, h.db, &h.actor, h.bob, true));
    CHECK_EQ(identify(&h, b.token, "", &who), ERR_REFUSED);
    CHECK_EQ(login(&h, "bob", STR("nine purple lanterns"), SESSION_BROWSER, "").outcome,
             LOGIN_WRONG);
    CHECK_EQ(
        accounts_add_user(&h.accounts, h.db, &h.actor, STR("a b"), ann_password, "viewer", NULL),
        ERR_RANGE);
    CHECK_EQ(
        accounts_add_user(&h.accounts, h.db, &h.actor, STR("ANN"), ann_password, "viewer", NULL),
        ERR_EXISTS);
    close_house(&h);
}

TEST(throttle, a_network_is_what_one_customer_has)
{
    static const struct {
        const char *peer, *network;
    } cases[] = {
        { "192.0.2.77", "192.0.2.0/24" },
        { "::ffff:192.0.2.77", "192.0.2.0/24" },
        { "2001:db8:1:2ff:3::4", "2001:0db8:0001:0200::/56" },
        { "terminal:ann", "terminal:ann" },
    };
    char out[64];
    FOR_EACH (c, cases) {
        throttle_network(out, c->peer);
        CHECK_STR(out, c->network);
    }
}

TEST(permissions, are_words_that_read_back)
{
    uint64_t bits = 0;
    struct buf text = { 0 };
    CHECK(permissions_parse(STR("desk:read  market:read"), &bits));
    permissions_format(&text, bits);
    CHECK_STR(text.ptr, "market:read desk:read");
    CHECK(!permissions_parse(STR("market:read everything"), &bits));
    CHECK_HAS(err_detail(), "everything");
    CHECK(permissions_parse(STR("*"), &bits));
    CHECK_EQ(bits, PERMISSION_BIT(PERMISSION_COUNT) - 1);
    buf_free(&text);
}
