#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/dbn/dbn.h"
#include "adapters/store/store.h"
#include "base/zone.h"
#include "domain/pricing/lanes.h"
#include "domain/types/occ_symbol.h"
#include "services/simulate/chain.h"
#include "tests/testing.h"

enum { DAY = 20240703, ID_MAX = 4096 }; /* to 13:00 */

static struct simulate_options options(const char *name)
{
    static char path[8][512];
    static int next;
    char *store = path[next++ % 8];
    snprintf(store, 512, "%s/%s", testing_folder(), name);
    return (struct simulate_options){ .store = store,
                                      .symbols = "IWM,VIX",
                                      .from = DAY,
                                      .to = DAY,
                                      .seed = 5,
                                      .grid = GRID_TICK,
                                      .minutes = 2,
                                      .threads = 1 };
}

static struct simulate_summary make(const struct simulate_options *o)
{
    struct simulate_summary s;
    CHECK_OK(simulate_run(o, &s));
    return s;
}

static struct dbn_reader *open_tape(const char *store, const char *symbol, const char *kind)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tape/%s/%d.%s.dbn.zst", store, symbol, DAY, kind);
    struct dbn_reader *reader;
    CHECK_OK(dbn_reader_open(&reader, path, NULL));
    return reader;
}

static const struct dbn_record *next(struct dbn_reader *reader, union dbn_any *any)
{
    const struct dbn_record *rec;
    CHECK_OK(dbn_reader_next(reader, &rec));
    if (rec)
        dbn_record_get(rec, any);
    return rec;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
    return hash;
}

/* Of the records of a tape, unpacked: how they are packed is zstd's affair. */
static uint64_t hash_tape(const char *store, const char *symbol)
{
    static const char *const kinds[] = { "definition", "statistics", "underlying", "trades",
                                         "cmbp-1" };
    uint64_t hash = 0xcbf29ce484222325u;
    FOR_EACH (kind, kinds) {
        struct dbn_reader *reader = open_tape(store, symbol, *kind);
        union dbn_any any;
        for (const struct dbn_record *rec; (rec = next(reader, &any)) != NULL;)
            hash = mix(hash, rec->bytes, rec->size);
        dbn_reader_close(reader);
    }
    return hash;
}

/* Of every file as it lies there. */
static uint64_t hash_files(const char *folder)
{
    char command[1024];
    snprintf(command, sizeof command,
             "cd '%s' && find chains series tape truth -type f | LC_ALL=C sort | xargs cat",
             folder);
    FILE *pipe = popen(command, "r");
    CHECK(pipe != NULL);
    uint64_t hash = 0xcbf29ce484222325u;
    for (int c; (c = getc(pipe)) != EOF;)
        hash = (hash ^ (uint64_t)c) * 0x100000001b3u;
    CHECK_EQ(pclose(pipe), 0);
    return hash;
}

TEST(tape, the_same_seed_gives_the_same_bytes_at_any_thread_count_and_vector_width)
{
    struct simulate_options o = options("one");
    make(&o);
    uint64_t files = hash_files(o.store);
    /* The same with every compiler and on every machine. A change of the model changes them. */
    uint64_t iwm = hash_tape(o.store, "IWM"), vix = hash_tape(o.store, "VIX");
    if (iwm != UINT64_C(0xe2835b43ee794a29) || vix != UINT64_C(0x09753f453d9c82a7))
        fail_msg("the tapes of seed 5 are %016llx and %016llx", (unsigned long long)iwm,
                 (unsigned long long)vix);
    o = options("two");
    o.threads = 2;
    make(&o);
    CHECK_EQ(hash_files(o.store) == files, 1);
    enum lanes_level usual = lanes_level();
    for (int level = LANES_PORTABLE; level < LANES_LEVEL_COUNT; level++) {
        if (!lanes_has(level) || level == (int)usual)
            continue;
        char name[16];
        snprintf(name, sizeof name, "lanes%d", level);
        o = options(name);
        lanes_use(level);
        make(&o);
        lanes_use(usual);
        CHECK_EQ(hash_files(o.store) == files, 1);
    }
}

TEST(tape, the_grid_of_seconds_has_the_same_bytes_too)
{
    struct simulate_options o = options("seconds");
    o.grid = GRID_SECOND;
    struct simulate_summary one = make(&o);
    struct store *store;
    CHECK_OK(store_open(&store, o.store));
    uint64_t hash[2] = { 0xcbf29ce484222325u, 0xcbf29ce484222325u };
    struct chain_day day;
    CHECK_OK(chain_day_open(&day, store, "IWM", DAY, true));
    CHECK_EQ(day.snapshot_count, 120);
    CHECK_EQ(day.snapshots[119].ts_ns - day.snapshots[0].ts_ns, 119 * NANOS_PER_SECOND);
    hash[0] = mix(hash[0], day.rows.bid, day.rows.count * sizeof *day.rows.bid);
    hash[0] = mix(hash[0], day.rows.ask, day.rows.count * sizeof *day.rows.ask);
    hash[0] = mix(hash[0], day.rows.volume, day.rows.count * sizeof *day.rows.volume);
    int64_t minute[2] = { day.snapshots[59].underlying, day.snapshots[119].underlying };
    chain_day_close(&day);
    store_close(store);
    if (hash[0] != UINT64_C(0xdfe6cad67713b18c))
        fail_msg("the seconds of seed 5 are %016llx", (unsigned long long)hash[0]);
    o = options("minutes");
    o.grid = GRID_MINUTE;
    o.threads = 2;
    struct simulate_summary minutes = make(&o);
    CHECK(minutes.quotes < one.quotes);
    CHECK_OK(store_open(&store, o.store));
    CHECK_OK(chain_day_open(&day, store, "IWM", DAY, true));
    CHECK_EQ(day.snapshot_count, 2);
    CHECK_EQ(day.snapshots[0].underlying, minute[0]); /* one market, seen more or less often */
    CHECK_EQ(day.snapshots[1].underlying, minute[1]);
    chain_day_close(&day);
    store_close(store);
}

/* ---- what is on it --------------------------------------------------------------------------- */

struct standing { /* of an instrument */
    struct dbn_cmbp1 quote;
    bool is_defined, is_quoted;
    int64_t last;
    uint64_t volume;
};

static struct standing *of(struct standing *all, uint32_t id)
{
    CHECK_EQ(id >> 20, SIM_IWM + 1);
    CHECK((id & 0xFFFFF) < ID_MAX);
    return &all[id & 0xFFFFF];
}

static size_t read_definitions(const char *store, struct standing *all)
{
    struct dbn_reader *reader = open_tape(store, "IWM", "definition");
    const struct dbn_metadata *meta = dbn_reader_metadata(reader);
    CHECK_STR(meta->dataset, "OPRA.SIM"); /* nobody takes it for a vendor's */
    union dbn_any any;
    size_t count = 0;
    while (next(reader, &any)) {
        const struct dbn_definition *d = &any.definition;
        struct occ_symbol symbol;
        CHECK_OK(occ_symbol_parse(&symbol, str_from(d->raw_symbol)));
        CHECK_STR(meta->symbols[count], d->raw_symbol);
        CHECK_EQ(strtoul(meta->mappings[count].intervals[0].symbol, NULL, 10), d->hd.instrument_id);
        CHECK_EQ(d->strike_price, (int64_t)symbol.strike_mills * 1000000);
        CHECK_EQ(d->instrument_class, symbol.right);
        of(all, d->hd.instrument_id)->is_defined = true;
        count++;
    }
    CHECK_EQ(meta->symbol_count, count);
    dbn_reader_close(reader);
    return count;
}

static void take_quote(struct standing *all, const struct dbn_cmbp1 *q)
{
    struct standing *s = of(all, q->hd.instrument_id);
    CHECK(s->is_defined);
    CHECK(q->levels[0].bid_px == DBN_PRICE_NONE || q->levels[0].bid_px < q->levels[0].ask_px);
    CHECK_EQ(q->levels[0].bid_px == DBN_PRICE_NONE, q->levels[0].bid_sz == 0);
    s->quote = *q;
    s->is_quoted = true;
}

/* Nobody trades through the quote that stands. */
static void take_trade(struct standing *all, const struct dbn_trade *t)
{
    struct standing *s = of(all, t->hd.instrument_id);
    CHECK(s->is_quoted);
    const struct dbn_consolidated_level *level = &s->quote.levels[0];
    CHECK(t->price <= level->ask_px);
    CHECK(level->bid_px == DBN_PRICE_NONE || t->price >= level->bid_px);
    CHECK(t->size > 0);
    s->last = t->price;
    s->volume += t->size;
}

/* Quotes and trades side by side, as they came. */
static void play(const char *store, struct standing *all, size_t *quotes, size_t *trades)
{
    struct dbn_reader *a = open_tape(store, "IWM", "cmbp-1"),
                      *b = open_tape(store, "IWM", "trades");
    union dbn_any q, t;
    const struct dbn_record *quote = next(a, &q), *trade = next(b, &t);
    uint64_t last = 0;
    *quotes = *trades = 0;
    while (quote || trade) {
        bool is_quote = quote && (!trade || dbn_record_time(quote) <= dbn_record_time(trade));
        uint64_t ts = dbn_record_time(is_quote ? quote : trade);
        CHECK(ts >= last);
        last = ts;
        if (is_quote) {
            take_quote(all, &q.cmbp1);
            quote = next(a, &q);
            ++*quotes;
        } else {
            take_trade(all, &t.trade);
            trade = next(b, &t);
            ++*trades;
        }
    }
    dbn_reader_close(a);
    dbn_reader_close(b);
}

TEST(tape, trades_lie_within_the_quotes_and_the_store_holds_what_the_tape_ends_with)
{
    struct simulate_options o = options("play");
    o.symbols = "IWM";
    make(&o);
    struct standing *all = mem_alloc(ID_MAX * sizeof *all);
    size_t contracts = read_definitions(o.store, all), quotes, trades;
    play(o.store, all, &quotes, &trades);
    CHECK(contracts > 500 && quotes > 2 * contracts && trades > 500);

    struct store *store;
    struct chain_day day;
    CHECK_OK(store_open(&store, o.store));
    CHECK_OK(chain_day_open(&day, store, "IWM", DAY, true));
    CHECK_EQ(day.contract_count, contracts);
    CHECK_EQ(day.snapshot_count, 2);
    /* The last row of each contract is its state at the end. */
    uint32_t *row = mem_alloc(contracts * sizeof *row);
    for (uint32_t i = 0; i < day.rows.count; i++)
        row[day.rows.contract[i]] = i;
    struct dbn_reader *names = open_tape(o.store, "IWM", "definition");
    union dbn_any any;
    uint64_t volume = 0;
    while (next(names, &any)) {
        struct occ_symbol symbol;
        struct contract want;
        CHECK_OK(occ_symbol_parse(&symbol, str_from(any.definition.raw_symbol)));
        memcpy(want.root, symbol.root, sizeof want.root);
        want.expiry = symbol.expiry;
        want.strike_mills = symbol.strike_mills;
        want.right = (char)symbol.right;
        uint32_t c = 0;
        while (c < day.contract_count && contract_compare(&day.contracts[c], &want) != 0)
            c++;
        CHECK(c < day.contract_count);
        const struct standing *s = of(all, any.hd.instrument_id);
        CHECK_EQ(day.rows.ask[row[c]] * 1000, s->quote.levels[0].ask_px);
        CHECK_EQ(day.rows.volume[row[c]], s->volume);
        if (s->volume)
            CHECK_EQ(day.rows.last[row[c]] * 1000, s->last);
        volume += s->volume;
    }
    CHECK(volume > 1000);
    dbn_reader_close(names);
    mem_free(row);
    mem_free(all);
    chain_day_close(&day);
    store_close(store);
}

TEST(tape, a_shorter_session_is_the_beginning_of_a_longer_one)
{
    struct simulate_options two = options("two-minutes"), three = options("three-minutes");
    two.symbols = three.symbols = "VIX";
    three.minutes = 3;
    make(&two);
    make(&three);
    struct dbn_reader *a = open_tape(two.store, "VIX", "cmbp-1"),
                      *b = open_tape(three.store, "VIX", "cmbp-1");
    union dbn_any x, y;
    for (const struct dbn_record *rec; (rec = next(a, &x)) != NULL;) {
        const struct dbn_record *other = next(b, &y);
        CHECK(other && other->size == rec->size);
        CHECK_EQ(memcmp(other->bytes, rec->bytes, rec->size), 0);
    }
    CHECK(next(b, &y) != NULL);
    dbn_reader_close(a);
    dbn_reader_close(b);
    /* Two lengths of a session are two stores. */
    struct simulate_summary s;
    three.store = two.store;
    three.from = three.to = 20240705;
    CHECK_EQ(simulate_run(&three, &s), ERR_EXISTS);
}

/* ---- the truth ------------------------------------------------------------------------------- */

static FILE *open_truth(const char *store, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/truth/%s", store, name);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    return file;
}

TEST(tape, the_truth_names_each_second_and_the_underlying_is_its_level_in_cents)
{
    struct simulate_options o = options("truth");
    o.symbols = "IWM";
    make(&o);
    FILE *file = open_truth(o.store, "seed-5.IWM.20240703.seconds.csv");
    struct dbn_reader *reader = open_tape(o.store, "IWM", "underlying");
    char line[256];
    CHECK(fgets(line, sizeof line, file));
    CHECK_STR(line, "ts,level,fair_vol,vix,regime,trend,break\n");
    union dbn_any any;
    int seconds = 0;
    bool has_record = next(reader, &any) != NULL;
    double middle = 0;
    for (; fgets(line, sizeof line, file); seconds++) {
        int64_t ts;
        struct str rest = str_from(line), field;
        CHECK(str_cut(&rest, ',', &field));
        CHECK_OK(ts_parse_iso(field, ZONE_UTC, &ts));
        CHECK(str_cut(&rest, ',', &field));
        double level = strtod(field.ptr, NULL);
        while (has_record && any.hd.ts_event <= (uint64_t)ts) {
            middle = 0.5 * (double)(any.mbp1.levels[0].bid_px + any.mbp1.levels[0].ask_px) / 1e9;
            has_record = next(reader, &any) != NULL;
        }
        CHECK_NEAR(middle, level, 0.00501);
        CHECK(str_cut(&rest, ',', &field));
        double vol = strtod(field.ptr, NULL);
        CHECK(vol > 0.05 && vol < 2.0);
    }
    CHECK_EQ(seconds, 120);
    CHECK(has_record); /* the last second's print comes after its move */
    CHECK_EQ(any.mbp1.action, 'T');
    CHECK(!next(reader, &any));
    fclose(file);
    dbn_reader_close(reader);
}

TEST(tape, the_shares_of_each_minute_are_those_printed_on_the_tape)
{
    struct simulate_options o = options("shares");
    o.symbols = "IWM";
    make(&o);
    struct store *store;
    struct chain_day day;
    CHECK_OK(store_open(&store, o.store));
    CHECK_OK(chain_day_open(&day, store, "IWM", o.from, true));
    struct dbn_reader *reader = open_tape(o.store, "IWM", "underlying");
    union dbn_any any;
    bool has_record = next(reader, &any) != NULL;
    CHECK_EQ(day.snapshot_count, 2);
    for (uint32_t i = 0; i < day.snapshot_count; i++) {
        int64_t shares = 0, last = 0;
        double value = 0;
        for (; has_record && (int64_t)any.mbp1.ts_recv <= day.snapshots[i].ts_ns;
             has_record = next(reader, &any) != NULL) {
            if (any.mbp1.action == 'T') {
                shares += any.mbp1.size;
                last = any.mbp1.price / 1000;
                value += (double)any.mbp1.price * 1e-9 * any.mbp1.size;
            }
        }
        CHECK(shares > 0);
        CHECK_EQ(day.snapshots[i].traded, shares);
        CHECK_EQ(day.snapshots[i].underlying, last);
        CHECK_NEAR(money_to_dollars(day.snapshots[i].traded_price), value / (double)shares, 2e-6);
    }
    dbn_reader_close(reader);
    chain_day_close(&day);
    store_close(store);
}

TEST(tape, unusual_flow_is_labelled_print_by_print)
{
    /* A name's day with unusual flow, the whole session. */
    struct sim_path path;
    sim_path_make(&path, 5);
    const struct sim_flow *flow = NULL;
    for (int i = 0; i < path.flow_count && !flow; i++)
        if (path.flows[i].symbol == SIM_META && path.flows[i].dte <= 7 &&
            path.days[path.flows[i].day_index].date > 20180101)
            flow = &path.flows[i];
    CHECK(flow != NULL);
    struct simulate_options o = options("flow");
    o.symbols = "META";
    o.minutes = 0;
    o.from = o.to = path.days[flow->day_index].date;
    make(&o);
    char name[64], line[256];
    snprintf(name, sizeof name, "seed-5.META.%d.flow.csv", (int)o.from);
    FILE *file = open_truth(o.store, name);
    CHECK(fgets(line, sizeof line, file));
    uint64_t contracts = 0;
    int prints = 0;
    for (; fgets(line, sizeof line, file); prints++) {
        struct str rest = str_from(line), field;
        for (int i = 0; i < 4; i++)
            CHECK(str_cut(&rest, ',', &field));
        contracts += strtoul(field.ptr, NULL, 10);
        CHECK_HAS(line, flow->informed ? ",buy,yes" : ",buy,no");
    }
    CHECK_EQ(contracts, flow->contracts);
    CHECK(prints > 10);
    fclose(file);
    sim_path_clear(&path);
}

TEST(tape, killed_at_any_moment_the_same_command_ends_with_the_same_bytes)
{
    struct simulate_options o = options("killed"), whole = options("whole");
    make(&whole);
    for (unsigned i = 0; i < 4; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            struct simulate_summary s;
            _exit(simulate_run(&o, &s) == ERR_OK ? 0 : 1);
        }
        usleep(60000u + 90000u * i);
        kill(child, SIGKILL);
        CHECK_EQ(waitpid(child, NULL, 0), child);
        struct store *store;
        if (store_open(&store, o.store) == ERR_OK) { /* the folder may not be there yet */
            CHECK_OK(store_check(store, NULL, NULL, NULL));
            store_close(store);
        }
    }
    make(&o);
    CHECK_EQ(hash_files(o.store) == hash_files(whole.store), 1);
}

static bool never(void)
{
    return false;
}

TEST(tape, cancelled_it_leaves_no_half_of_a_file)
{
    struct simulate_options o = options("cancelled");
    struct simulate_summary s;
    o.keep_on = never;
    CHECK_EQ(simulate_run(&o, &s), ERR_CANCELLED);
    CHECK_HAS(err_detail(), "the store is as it was");
    char command[1024];
    snprintf(command, sizeof command, "test -z \"$(find '%s' -name '*.part')\"", o.store);
    CHECK_EQ(system(command), 0);
}
