/*
 * The bits of every number that the golden tables ask for: the same at every vector width, and, by
 * the hash, with every compiler, C library and machine. lanes_test.c does so for random rows.
 */
#include "domain/pricing/american.h"
#include "domain/pricing/bachelier.h"
#include "domain/pricing/european.h"
#include "domain/pricing/golden_test.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/lanes.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"
#include "domain/pricing/svi.h"

enum { ROWS_MAX = 4096, COLUMNS = 15 };

/* IRONFLY_LONG=1 (tools/check bits): every row at every accuracy, and none left out of the
 * dividends. */
static bool is_long(void)
{
    const char *word = getenv("IRONFLY_LONG");
    return word && *word && *word != '0';
}

static double in[8][ROWS_MAX], out[COLUMNS][ROWS_MAX];
static int8_t sign[ROWS_MAX];
static uint8_t status[ROWS_MAX];

/* FNV-1a over words; all NaN count alike, as their signs are nobody's promise. */
static uint64_t mix(uint64_t hash, size_t rows, const double *column)
{
    for (size_t i = 0; i < rows; i++) {
        uint64_t bits = 1;
        if (!isnan(column[i]))
            memcpy(&bits, &column[i], sizeof bits);
        hash = (hash ^ bits) * UINT64_C(1099511628211);
    }
    return hash;
}

static uint64_t mix_status(uint64_t hash, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        hash = (hash ^ status[i]) * UINT64_C(1099511628211);
    return hash;
}

/* Columns of a table by name; the one named cp goes to sign[]. */
static size_t read_columns(const char *path, int count, const char *const *names)
{
    struct golden g;
    size_t rows = 0;
    golden_open(&g, path);
    while (golden_next(&g)) {
        MUST(rows < ROWS_MAX);
        for (int k = 0; k < count; k++) {
            double number = golden_number(&g, names[k]);
            if (strcmp(names[k], "cp") == 0)
                sign[rows] = (int8_t)number;
            else
                in[k][rows] = number;
        }
        rows++;
    }
    return rows;
}

static const char *const option_names[] = { "S", "K", "T", "sigma", "r", "q", "price", "cp" };

static uint64_t european_bits(uint64_t hash)
{
    size_t rows = read_columns("golden/european_greeks.csv", 8, option_names);
    struct european_greeks all = { .first = { out[0], out[1], out[2], out[3], out[4], out[5],
                                              status },
                                   .phi = out[6],
                                   .dual_delta = out[7],
                                   .vanna = out[8],
                                   .charm = out[9],
                                   .vomma = out[10],
                                   .speed = out[11],
                                   .zomma = out[12],
                                   .color = out[13],
                                   .veta = out[14] };
    black_scholes_all(
        rows, &(struct black_scholes_terms){ in[0], in[1], in[2], in[3], in[4], in[5], sign }, NULL,
        &all);
    for (int k = 0; k < COLUMNS; k++)
        hash = mix(hash, rows, out[k]);
    /* The same numbers as forwards, discounts and normal vols. */
    for (size_t i = 0; i < rows; i++)
        in[6][i] = portable_exp(-in[4][i] * in[2][i]);
    struct black76_terms terms = { in[0], in[1], in[6], in[2], in[3], sign };
    struct pricing_greeks first = { out[0], out[1], out[2], out[3], out[4], out[5], status };
    black76(rows, &terms, &first);
    for (int k = 0; k < 6; k++)
        hash = mix(hash, rows, out[k]);
    bachelier(rows, &terms, &first);
    for (int k = 0; k < 6; k++)
        hash = mix(hash, rows, out[k]);
    return mix_status(hash, rows);
}

static uint64_t vol_bits(uint64_t hash)
{
    static const char *const raw[] = { "F", "K", "D", "T", "price", "cp" };
    size_t rows = read_columns("golden/implied_vol.csv", 6, raw);
    implied_vol(rows, &(struct black76_terms){ in[0], in[1], in[2], in[3], NULL, sign }, in[4],
                out[0], status);
    hash = mix_status(mix(hash, rows, out[0]), rows);
    static const char *const normalised[] = { "abs_ln_F_over_K", "beta" };
    rows = read_columns("golden/implied_vol_normalised.csv", 2, normalised);
    for (size_t i = 0; i < rows; i++) {
        in[2][i] = portable_exp(-0.5 * in[0][i]);
        in[3][i] = 1.0 / in[2][i];
        in[4][i] = 1.0;
        sign[i] = 1;
    }
    implied_vol(rows, &(struct black76_terms){ in[2], in[3], in[4], in[4], NULL, sign }, in[1],
                out[0], status);
    return mix_status(mix(hash, rows, out[0]), rows);
}

static uint64_t american_bits(uint64_t hash)
{
    size_t rows = read_columns("golden/american.csv", 8, option_names);
    struct black_scholes_terms terms = { in[0], in[1], in[2], in[3], in[4], in[5], sign };
    struct pricing_greeks first = { out[0], out[1], out[2], out[3], out[4], out[5], status };
    for (int accuracy = AMERICAN_STANDARD; accuracy <= AMERICAN_HIGH; accuracy++) {
        size_t count =
            accuracy == AMERICAN_HIGH && !is_long() ? rows / 16 : rows; /* seconds, else */
        american_columns(count, &terms, (enum american_accuracy)accuracy, &first, out[6]);
        for (int k = 0; k < 7; k++)
            hash = mix(hash, count, out[k]);
        hash = mix_status(hash, count);
    }
    american_implied_vol(rows, &terms, AMERICAN_STANDARD, in[6], out[0], status);
    return mix_status(mix(hash, rows, out[0]), rows);
}

static uint64_t dividend_bits(uint64_t hash)
{
    static const char *const names[] = { "S", "K", "T", "sigma", "r", "t1", "D1", "cp" };
    static double second[2][ROWS_MAX];
    static const char *const more[] = { "t2", "D2" };
    size_t rows = read_columns("golden/discrete_dividends_spot_model.csv", 2, more);
    memcpy(second, in, 2 * sizeof in[0]);
    MUST(rows == read_columns("golden/discrete_dividends_spot_model.csv", 8, names));
    for (size_t i = 0; i < rows; i++) {
        double years[2] = { in[5][i], second[0][i] }, dollars[2] = { in[6][i], second[1][i] };
        struct american_expiry expiry = { .spot = in[0][i],
                                          .years = in[2][i],
                                          .rate = in[4][i],
                                          .dividend_count = isnan(dollars[1]) ? 1 : 2,
                                          .dividend_years = years,
                                          .dividend_dollars = dollars };
        struct pricing_greeks first = {
            .price = out[0] + i, .delta = out[1] + i, .gamma = out[2] + i, .status = status + i
        };
        european_chain_with_dividends(&expiry, 1, in[1] + i, sign + i, in[3] + i, &first);
        hash = mix(mix(hash, 1, out[0] + i), 1, out[1] + i);
        if (i % 4 == 0 || is_long()) /* puts have a boundary to find, which takes its time */
            american_chain(&expiry, 1, in[1] + i, sign + i, in[3] + i, &first);
        hash = mix(mix(mix(hash, 1, out[0] + i), 1, out[1] + i), 1, out[2] + i);
    }
    return mix_status(hash, rows);
}

static uint64_t other_bits(uint64_t hash)
{
    static const char *const x[] = { "x" };
    size_t rows = read_columns("golden/normal_cdf.csv", 1, x);
    normal_cdf_column(rows, in[0], out[0]);
    hash = mix(hash, rows, out[0]);
    static const char *const svi[] = { "a", "b", "rho", "m", "sigma", "k" };
    rows = read_columns("golden/svi_raw_slice.csv", 6, svi);
    for (size_t i = 0; i < rows; i++) {
        struct svi slice = { in[0][i], in[1][i], in[2][i], in[3][i], in[4][i] };
        svi_slice(
            &slice, 1, in[5] + i,
            &(struct svi_columns){
                .w = out[0] + i, .g = out[1] + i, .below = out[2] + i, .status = status + i });
    }
    for (int k = 0; k < 3; k++)
        hash = mix(hash, rows, out[k]);
    return mix_status(hash, rows);
}

static uint64_t european_hash(void)
{
    return vol_bits(european_bits(UINT64_C(14695981039346656037)));
}

static uint64_t american_hash(void)
{
    return dividend_bits(american_bits(UINT64_C(14695981039346656037)));
}

static uint64_t other_hash(void)
{
    return other_bits(UINT64_C(14695981039346656037));
}

TEST(golden_bits, are_the_same_at_every_width_and_with_every_compiler)
{
    NEED_SHARED("golden/american.csv");
    /* A change of method changes a hash: then replace it, and say so in the change log. */
    static const struct {
        const char *name;
        uint64_t (*bits)(void);
        uint64_t want, want_long;
    } tables[] = {
        { "European prices, 15 Greeks, vols", european_hash, UINT64_C(0x0fb86aa5b38d7765),
          UINT64_C(0x0fb86aa5b38d7765) },
        { "American prices, vols, dividends", american_hash, UINT64_C(0xca235e47fb9f76f5),
          UINT64_C(0xe994af382af1fa06) },
        { "the normal distribution, SVI", other_hash, UINT64_C(0x491aca96ba8d2c3d),
          UINT64_C(0x491aca96ba8d2c3d) },
    };
    enum lanes_level before = lanes_level();
    bool is_same = true;
    for (int level = 0; level < LANES_LEVEL_COUNT; level++) {
        bool is_widest =
            level + 1 == LANES_LEVEL_COUNT || !lanes_has((enum lanes_level)(level + 1));
        if (!lanes_has((enum lanes_level)level) || (testing_share(2) < 2 && !is_widest))
            continue;
        lanes_use((enum lanes_level)level);
        FOR_EACH (t, tables) {
            uint64_t got = t->bits(), want = is_long() ? t->want_long : t->want;
            if (got != want || is_long())
                print_message("%s, %s: 0x%016llx\n", t->name,
                              lanes_level_name((enum lanes_level)level), (unsigned long long)got);
            is_same = is_same && got == want;
        }
    }
    lanes_use(before);
    CHECK(is_same);
}
