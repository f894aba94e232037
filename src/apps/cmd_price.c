#include <math.h>
#include <stdio.h>
#include <string.h>

#include "apps/cmd.h"
#include "apps/price_stream.h"
#include "base/attr.h"
#include "base/str.h"
#include "domain/pricing/american.h"
#include "domain/pricing/european.h"
#include "domain/pricing/implied_vol.h"

static const char price_help[] =
    "usage: ironfly price --in FILE [--out FILE] [--style european|american] [--accuracy A]\n"
    "       ironfly price --cp 1 --S 100 --K 95 --T 0.5 --sigma 0.2 --r 0.03 [--q 0.01] ...\n"
    "\n"
    "Price options: one on the command line, or every row of a CSV. \"-\" is standard input or output.\n"
    "\n"
    "reads   cp,S,K,T,sigma,r,q   cp 1 call, -1 put; T in years; sigma, r, q per year, 0.2 is 20 %;\n"
    "                             q may be missing: 0. Any order; other columns are carried through\n"
    "        t1,D1,t2,D2          cash dividends, years and dollars; empty: none\n"
    "writes  price,delta,gamma,vega,theta,rho,phi,vanna,charm,vomma,speed,zomma,color,veta,\n"
    "        dual_delta,status    per year and per 1.00 of sigma, r, q; theta -dV/dT\n"
    "        price,delta,gamma,boundary,status    with --style american\n"
    "\n"
    "  --accuracy fast|standard|high   american: docs/pricing.md tells the errors\n"
    "\n"
    "A row that cannot be priced has empty numbers and says why in its status.\n";

static const char iv_help[] =
    "usage: ironfly iv --in FILE [--out FILE] [--style european|american] [--accuracy A]\n"
    "       ironfly iv --cp 1 --F 100 --K 95 --T 0.5 --D 0.98 --price 9.1\n"
    "\n"
    "The vol of each price. \"-\" is standard input or output.\n"
    "\n"
    "reads   cp,F,K,T,D,price     F forward, D discount factor\n"
    "        cp,S,K,T,r,q,price   with --style american; q may be missing: 0; t1,D1,t2,D2 as in price\n"
    "adds    sigma,status         sigma is empty where status is not ok\n"
    "\n"
    "statuses: ok, at_intrinsic, below_intrinsic, at_or_above_max, zero_price, expired, not_finite,\n"
    "no_information, out_of_domain\n";

struct request {
    bool is_american;
    enum american_accuracy accuracy;
};

/* The words of this page of the program; the library's are finer. */
static const char *status_word(uint8_t status, bool is_finite)
{
    if (!is_finite || status == PRICING_NO_PRICE)
        return "not_finite";
    switch (status) {
    case PRICING_OK:
    case PRICING_EXPIRED:
    case PRICING_AT_INTRINSIC:
    case PRICING_BELOW_INTRINSIC:
    case PRICING_ABOVE_MAX:
    case PRICING_ZERO_PRICE:
    case PRICING_NO_INFORMATION:
        return pricing_status_name(status);
    default:
        return "out_of_domain";
    }
}

static void set_statuses(struct price_batch *b, const uint8_t *status)
{
    for (size_t i = 0; i < b->count; i++)
        b->status[i] = status_word(status[i], b->is_finite[i]);
}

struct dividends {
    size_t count;
    double years[2], dollars[2];
    bool is_good;
};

/* Of one row, in ascending time. A half of a pair that is missing is a mistake, not "none". */
static struct dividends dividends_of(const struct price_batch *b, size_t row)
{
    static const enum price_column times[] = { PRICE_T1, PRICE_T2 },
                                   amounts[] = { PRICE_D1, PRICE_D2 };
    struct dividends d = { .is_good = true };
    for (size_t k = 0; k < 2; k++) {
        double years = b->in[times[k]][row], dollars = b->in[amounts[k]][row];
        if (isnan(years) && isnan(dollars))
            continue;
        d.is_good &= !isnan(years) && !isnan(dollars);
        d.years[d.count] = years;
        d.dollars[d.count++] = dollars;
    }
    if (d.count == 2 && d.years[1] < d.years[0]) {
        double years = d.years[0], dollars = d.dollars[0];
        d.years[0] = d.years[1];
        d.dollars[0] = d.dollars[1];
        d.years[1] = years;
        d.dollars[1] = dollars;
    }
    return d;
}

static struct black_scholes_terms terms_of(const struct price_batch *b)
{
    return (struct black_scholes_terms){ b->in[PRICE_S], b->in[PRICE_K],
                                         b->in[PRICE_T], b->in[PRICE_SIGMA],
                                         b->in[PRICE_R], b->in[PRICE_Q],
                                         b->sign };
}

static struct american_expiry expiry_of(const struct request *request, const struct price_batch *b,
                                        size_t i, const struct dividends *d)
{
    return (struct american_expiry){ .spot = b->in[PRICE_S][i],
                                     .years = b->in[PRICE_T][i],
                                     .rate = b->in[PRICE_R][i],
                                     .yield = b->in[PRICE_Q][i],
                                     .accuracy = request->accuracy,
                                     .dividend_count = d->count,
                                     .dividend_years = d->years,
                                     .dividend_dollars = d->dollars };
}

static void clear_row(struct price_batch *b, size_t columns, size_t i)
{
    for (size_t k = 0; k < columns; k++)
        b->out[k][i] = NAN;
}

static const char *const european_outputs[] = { "price", "delta", "gamma", "vega",  "theta",
                                                "rho",   "phi",   "vanna", "charm", "vomma",
                                                "speed", "zomma", "color", "veta",  "dual_delta" };

static void price_european(void *context, struct price_batch *b)
{
    uint8_t status[PRICE_BATCH_ROWS];
    double(*o)[PRICE_BATCH_ROWS] = b->out;
    struct black_scholes_terms terms = terms_of(b);
    struct european_greeks out = { .first = { o[0], o[1], o[2], o[3], o[4], o[5], status },
                                   .phi = o[6],
                                   .vanna = o[7],
                                   .charm = o[8],
                                   .vomma = o[9],
                                   .speed = o[10],
                                   .zomma = o[11],
                                   .color = o[12],
                                   .veta = o[13],
                                   .dual_delta = o[14] };
    black_scholes_all(b->count, &terms, NULL, &out);
    for (size_t i = 0; i < b->count; i++) {
        struct dividends d = dividends_of(b, i);
        if (d.count == 0)
            continue;
        /* The spot model has no closed form: what its quadrature gives, and no more. */
        struct american_expiry expiry = expiry_of(context, b, i, &d);
        clear_row(b, ARRAY_COUNT(european_outputs), i);
        european_chain_with_dividends(
            &expiry, 1, &b->in[PRICE_K][i], &b->sign[i], &b->in[PRICE_SIGMA][i],
            &(struct pricing_greeks){ &o[0][i], &o[1][i], &o[2][i], &o[3][i], &o[4][i], &o[5][i],
                                      &status[i] });
        if (!d.is_good) {
            clear_row(b, ARRAY_COUNT(european_outputs), i);
            b->is_finite[i] = false;
        }
    }
    set_statuses(b, status);
}

static const char *const american_outputs[] = { "price", "delta", "gamma", "boundary" };

static void price_american(void *context, struct price_batch *b)
{
    const struct request *request = context;
    uint8_t status[PRICE_BATCH_ROWS];
    double(*o)[PRICE_BATCH_ROWS] = b->out;
    struct black_scholes_terms terms = terms_of(b);
    american_columns(
        b->count, &terms, request->accuracy,
        &(struct pricing_greeks){ .price = o[0], .delta = o[1], .gamma = o[2], .status = status },
        o[3]);
    for (size_t i = 0; i < b->count; i++) {
        struct dividends d = dividends_of(b, i);
        if (d.count == 0)
            continue;
        struct american_expiry expiry = expiry_of(request, b, i, &d);
        american_chain_boundary(
            &expiry, 1, &b->in[PRICE_K][i], &b->sign[i], &b->in[PRICE_SIGMA][i],
            &(struct pricing_greeks){
                .price = &o[0][i], .delta = &o[1][i], .gamma = &o[2][i], .status = &status[i] },
            &o[3][i]);
        if (!d.is_good) {
            clear_row(b, ARRAY_COUNT(american_outputs), i);
            b->is_finite[i] = false;
        }
    }
    set_statuses(b, status);
}

static const char *const iv_outputs[] = { "sigma" };

static void solve_european(UNUSED void *context, struct price_batch *b)
{
    uint8_t status[PRICE_BATCH_ROWS];
    struct black76_terms terms = { b->in[PRICE_F], b->in[PRICE_K], b->in[PRICE_D],
                                   b->in[PRICE_T], NULL,           b->sign };
    implied_vol(b->count, &terms, b->in[PRICE_PRICE], b->out[0], status);
    set_statuses(b, status);
}

static void solve_american(void *context, struct price_batch *b)
{
    const struct request *request = context;
    uint8_t status[PRICE_BATCH_ROWS];
    struct black_scholes_terms terms = terms_of(b);
    american_implied_vol(b->count, &terms, request->accuracy, b->in[PRICE_PRICE], b->out[0],
                         status);
    for (size_t i = 0; i < b->count; i++) {
        struct dividends d = dividends_of(b, i);
        if (d.count == 0)
            continue;
        struct american_expiry expiry = expiry_of(request, b, i, &d);
        american_implied_vol_chain(&expiry, 1, &b->in[PRICE_K][i], &b->sign[i],
                                   &b->in[PRICE_PRICE][i], &b->out[0][i], &status[i]);
        if (!d.is_good) {
            b->out[0][i] = NAN;
            b->is_finite[i] = false;
        }
    }
    set_statuses(b, status);
}

/* Options of the command line that are columns of a table of one row. */
enum { COLUMN_OPTION = 256 };

struct words {
    const char *in, *out, *style, *accuracy;
    const char *columns[PRICE_COLUMN_COUNT];
    bool has_columns;
};

/* enum american_accuracy, or -1. */
static int accuracy_of(const char *text)
{
    return strcmp(text, "fast") == 0       ? AMERICAN_FAST
           : strcmp(text, "standard") == 0 ? AMERICAN_STANDARD
           : strcmp(text, "high") == 0     ? AMERICAN_HIGH
                                           : -1;
}

/* EXIT_DONE + 1 to go on, else the status to end with. */
static int read_words(int argc, char **argv, const char *command, const char *help, struct words *w)
{
    static const struct option options[] = {
        { "in", required_argument, NULL, 'i' },
        { "out", required_argument, NULL, 'o' },
        { "style", required_argument, NULL, 's' },
        { "accuracy", required_argument, NULL, 'a' },
        { "help", no_argument, NULL, 'h' },
        { "cp", required_argument, NULL, COLUMN_OPTION + PRICE_CP },
        { "S", required_argument, NULL, COLUMN_OPTION + PRICE_S },
        { "K", required_argument, NULL, COLUMN_OPTION + PRICE_K },
        { "T", required_argument, NULL, COLUMN_OPTION + PRICE_T },
        { "sigma", required_argument, NULL, COLUMN_OPTION + PRICE_SIGMA },
        { "r", required_argument, NULL, COLUMN_OPTION + PRICE_R },
        { "q", required_argument, NULL, COLUMN_OPTION + PRICE_Q },
        { "F", required_argument, NULL, COLUMN_OPTION + PRICE_F },
        { "D", required_argument, NULL, COLUMN_OPTION + PRICE_D },
        { "price", required_argument, NULL, COLUMN_OPTION + PRICE_PRICE },
        { "t1", required_argument, NULL, COLUMN_OPTION + PRICE_T1 },
        { "D1", required_argument, NULL, COLUMN_OPTION + PRICE_D1 },
        { "t2", required_argument, NULL, COLUMN_OPTION + PRICE_T2 },
        { "D2", required_argument, NULL, COLUMN_OPTION + PRICE_D2 },
        { NULL, 0, NULL, 0 },
    };
    *w = (struct words){ .out = "-", .style = "european", .accuracy = "standard" };
    for (int c; (c = cmd_option(argc, argv, options, command)) != -1;) {
        switch (c) {
        case 'i':
            w->in = optarg;
            break;
        case 'o':
            w->out = optarg;
            break;
        case 's':
            w->style = optarg;
            break;
        case 'a':
            w->accuracy = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_DONE;
        default:
            if (c < COLUMN_OPTION)
                return EXIT_USAGE;
            w->columns[c - COLUMN_OPTION] = optarg;
            w->has_columns = true;
        }
    }
    if (optind != argc)
        return cmd_usage(command, "unexpected \"%s\"", argv[optind]);
    if (strcmp(w->style, "european") != 0 && strcmp(w->style, "american") != 0)
        return cmd_usage(command, "--style \"%s\" is not european or american", w->style);
    if (accuracy_of(w->accuracy) < 0)
        return cmd_usage(command, "--accuracy \"%s\" is not fast, standard or high", w->accuracy);
    if (!w->in && !w->has_columns)
        return cmd_usage(command, "neither --in nor the terms of an option are given");
    if (w->in && w->has_columns)
        return cmd_usage(command, "--in and the terms of an option exclude each other");
    return EXIT_DONE + 1;
}

static void put_quoted(struct buf *out, const char *text)
{
    buf_putc(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            buf_putc(out, '"');
        buf_putc(out, *text);
    }
    buf_putc(out, '"');
}

/* The terms on the command line as a table of one row. */
static void table_of(const struct words *w, struct buf *out)
{
    const char *comma = "";
    for (int k = 0; k < PRICE_COLUMN_COUNT; k++)
        if (w->columns[k]) {
            buf_printf(out, "%s%s", comma, price_column_name((enum price_column)k));
            comma = ",";
        }
    comma = "\n";
    for (int k = 0; k < PRICE_COLUMN_COUNT; k++)
        if (w->columns[k]) {
            buf_puts(out, comma);
            put_quoted(out, w->columns[k]);
            comma = ",";
        }
    buf_putc(out, '\n');
}

static int run_work(const struct words *w, const struct price_work *work)
{
    struct buf table = { 0 };
    if (w->has_columns)
        table_of(w, &table);
    enum err err = price_stream(work, w->in, w->has_columns ? table.ptr : NULL, w->out);
    buf_free(&table);
    return err ? cmd_fail(err) : EXIT_DONE;
}

int cmd_price(int argc, char **argv)
{
    static const enum price_column needs[] = { PRICE_CP, PRICE_S,     PRICE_K,
                                               PRICE_T,  PRICE_SIGMA, PRICE_R };
    struct words w;
    int stop = read_words(argc, argv, "price", price_help, &w);
    if (stop != EXIT_DONE + 1)
        return stop;
    struct request request = { strcmp(w.style, "american") == 0,
                               (enum american_accuracy)accuracy_of(w.accuracy) };
    struct price_work work = { .outputs = european_outputs,
                               .output_count = ARRAY_COUNT(european_outputs),
                               .needs = needs,
                               .need_count = ARRAY_COUNT(needs),
                               .run = price_european,
                               .context = &request };
    if (request.is_american) {
        work.outputs = american_outputs;
        work.output_count = ARRAY_COUNT(american_outputs);
        work.run = price_american;
    }
    return run_work(&w, &work);
}

int cmd_iv(int argc, char **argv)
{
    static const enum price_column forward_needs[] = { PRICE_CP, PRICE_F, PRICE_K,
                                                       PRICE_T,  PRICE_D, PRICE_PRICE };
    static const enum price_column spot_needs[] = { PRICE_CP, PRICE_S, PRICE_K,
                                                    PRICE_T,  PRICE_R, PRICE_PRICE };
    struct words w;
    int stop = read_words(argc, argv, "iv", iv_help, &w);
    if (stop != EXIT_DONE + 1)
        return stop;
    struct request request = { strcmp(w.style, "american") == 0,
                               (enum american_accuracy)accuracy_of(w.accuracy) };
    struct price_work work = { .outputs = iv_outputs,
                               .output_count = ARRAY_COUNT(iv_outputs),
                               .needs = forward_needs,
                               .need_count = ARRAY_COUNT(forward_needs),
                               .run = solve_european,
                               .context = &request };
    if (request.is_american) {
        work.needs = spot_needs;
        work.run = solve_american;
    }
    return run_work(&w, &work);
}
