/* The talk to the gateway, byte by byte. */
#include "adapters/feed/databento/lsg.h"

#include "adapters/feed/databento/gateway_test.h"
#include "base/zone.h"

static const struct lsg_login login = { .dataset = "OPRA.PILLAR", .key = GATEWAY_KEY };

TEST(lsg, answers_the_published_challenge)
{
    char auth[LSG_AUTH_BYTES];
    lsg_auth(auth, STR("abcd1234"), GATEWAY_KEY); /* vector of the vendor's own client tests */
    CHECK_STR(auth, "be87ce3d564b64481d4ad1902e2b41b26e3eef62b9de37d87eb4a1d4a5199b6f-FFFFF");
}

TEST(lsg, says_what_a_gateway_expects_whatever_the_pieces)
{
    const struct str symbols[] = { STR("SPY.OPT"), STR("QQQ.OPT") };
    static const char talk[] = "lsg-test|\ncram=abcd1234\nsuccess=1|session_id=77|\n";
    for (size_t piece = 1; piece < sizeof talk; piece += 5) {
        struct lsg lsg;
        lsg_init(&lsg, &login);
        lsg_subscribe(&lsg, 1, "cmbp-1", "parent", symbols, 2, TS_NONE);
        for (size_t at = 0; at < sizeof talk - 1; at += piece)
            CHECK_OK(lsg_push(&lsg, talk + at,
                              sizeof talk - 1 - at < piece ? sizeof talk - 1 - at : piece));
        CHECK_STR(
            lsg.out.ptr,
            "auth=be87ce3d564b64481d4ad1902e2b41b26e3eef62b9de37d87eb4a1d4a5199b6f-FFFFF|dataset=OPRA.PILLAR"
            "|encoding=dbn|ts_out=0|compression=none|client=Ironfly/" IRONFLY_VERSION "\n"
            "schema=cmbp-1|stype_in=parent|id=1|symbols=SPY.OPT,QQQ.OPT|snapshot=0|is_last=1\n"
            "start_session\n");
        CHECK_STR(lsg.session_id, "77");
        CHECK_EQ(lsg.state, LSG_STREAM);
        lsg_sent(&lsg, lsg.out.len);
        lsg_subscribe(&lsg, 2, "status", "raw_symbol", symbols, 1, 1740063600000000000);
        CHECK_STR(lsg.out.ptr,
                  "schema=status|stype_in=raw_symbol|id=2|start=1740063600000000000|symbols=SPY.OPT"
                  "|snapshot=0|is_last=1\n");
        lsg_clear(&lsg);
    }
}

TEST(lsg, splits_subscriptions_at_500_symbols)
{
    static struct str symbols[1201];
    struct lsg lsg;
    for (size_t i = 0; i < ARRAY_COUNT(symbols); i++)
        symbols[i] = STR("A");
    lsg_init(&lsg, &login);
    lsg_subscribe(&lsg, 9, "cmbp-1", "raw_symbol", symbols, ARRAY_COUNT(symbols), TS_NONE);
    struct str rest = buf_str(&lsg.asked), line;
    size_t lines = 0, last = 0, names = 0;
    while (str_cut(&rest, '\n', &line) && line.len) {
        lines++;
        last += str_ends_with(line, STR("is_last=1"));
        for (size_t i = 0; i < line.len; i++)
            names += line.ptr[i] == 'A';
        CHECK(str_starts_with(line, STR("schema=cmbp-1|stype_in=raw_symbol|id=9|symbols=A")));
    }
    CHECK_EQ(lines, 3);
    CHECK_EQ(last, 1);
    CHECK_EQ(names, 1201);
    lsg_clear(&lsg);
}

TEST(lsg, tells_a_refusal_for_good_from_one_that_passes)
{
    static const struct {
        const char *talk, *text;
        enum err err;
        bool is_locked_out;
    } cases[] = {
        { "hi\ncram=x\nsuccess=0|error=Authentication failed.\n",
          "OPRA.PILLAR: login refused: Authentication failed.", ERR_REFUSED, true },
        { "hi\ncram=x\nsuccess=0|error=Connection limit exceeded|\n", "Connection limit",
          ERR_REFUSED, false },
        { "hi\ncram=x\nsuccess=0\n", "no reason given", ERR_REFUSED, true },
        { "hi\ncram=x\nwelcome\n", "\"welcome\" is no answer", ERR_PARSE, false },
        { "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n", "this is no live gateway", ERR_PARSE,
          false },
    };
    FOR_EACH (c, cases) {
        struct lsg lsg;
        lsg_init(&lsg, &login);
        CHECK_EQ(lsg_push(&lsg, c->talk, strlen(c->talk)), c->err);
        CHECK_HAS(err_detail(), c->text);
        CHECK(!strstr(err_detail(), "unittest")); /* of the key */
        CHECK_EQ(lsg.is_locked_out, c->is_locked_out);
        lsg_clear(&lsg);
    }
    struct lsg lsg;
    char dots[LSG_LINE_MAX + 1];
    memset(dots, '.', sizeof dots);
    lsg_init(&lsg, &login);
    CHECK_EQ(lsg_push(&lsg, dots, sizeof dots), ERR_PARSE);
    CHECK_HAS(err_detail(), "more than 4096 characters");
    lsg_clear(&lsg);
}

TEST(lsg, refuses_what_cannot_be_a_key_without_showing_it)
{
    static const char *const keys[] = { "", "db-short", "db-unittestapikey1234567890FFFF|",
                                        "db-unit testapikey1234567890FFFF" };
    FOR_EACH (key, keys) {
        struct lsg_login bad = login;
        memset(bad.key, 0, sizeof bad.key);
        memcpy(bad.key, *key, strlen(*key));
        CHECK_EQ(lsg_login_check(&bad), ERR_USAGE);
        CHECK_HAS(err_detail(), "it has 32 characters");
        CHECK(!strstr(err_detail(), "unit"));
    }
    struct lsg_login bad = login;
    memcpy(bad.dataset, "OPRA|PILLA", 11);
    CHECK_EQ(lsg_login_check(&bad), ERR_USAGE);
    CHECK_HAS(err_detail(), "one looks like OPRA.PILLAR");
    CHECK_OK(lsg_login_check(&login));
}
