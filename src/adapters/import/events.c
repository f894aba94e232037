/*
 * Scheduled events as a table, for conditions such as days_to_earnings > 7:
 *
 *     kind,symbol,date,time,known,withdrawn,amount
 *     earnings,AAPL,2024-05-02,16:30,2024-04-04 09:00,,
 *     earnings,AAPL,2024-05-01,16:30,2024-03-20,2024-04-04 09:00,      (the date before)
 *     dividend,AAPL,2024-05-10,,2024-05-02 16:30,,0.25
 *     fomc,,2024-06-12,14:00,2023-07-10,,
 *
 * Times are New York's. known is when the date became known, withdrawn when it was moved or called
 * off: without them a backtest would know of a date before anybody did, so known is needed (of
 * dividends it may be missing: ten days ahead). A day without a time counts from its end; an event
 * without one has its usual time (earnings 16:00, dividends 09:30, FOMC 14:00, CPI 08:30). FOMC
 * and CPI belong to no symbol.
 */
#include "adapters/import/csv_files.h"
#include "adapters/import/event_row.h"
#include "adapters/import/table.h"

struct events {
    struct import *import;
    struct csv_reader *csv;
    int columns[EVENT_COLUMNS];
};

static enum err take_row(void *context)
{
    const struct events *e = context;
    struct str fields[EVENT_COLUMNS];
    struct event_row event;
    enum event_column column;
    bool skip = false;
    for (int i = 0; i < EVENT_COLUMNS; i++)
        fields[i] = e->columns[i] < 0 ? (struct str){ 0 } : e->csv->fields[e->columns[i]];
    const char *why = event_row_read(&event, fields, &column);
    if (why)
        return csv_bad_field(e->import, e->csv, e->columns[column], why, &skip);
    return import_series_row(e->import, event.symbol, event.series, &event.row);
}

static enum err begin_file(void *context, struct csv_reader *csv)
{
    static const char *const names[EVENT_COLUMNS] = { "kind|event", "symbol|ticker",   "date",
                                                      "time",       "known|announced", "withdrawn",
                                                      "amount" };
    struct events *e = context;
    e->csv = csv;
    for (int i = 0; i < EVENT_COLUMNS; i++) {
        e->columns[i] = csv_column(csv, names[i]);
        if (e->columns[i] < 0 &&
            (i == EVENT_COLUMN_KIND || i == EVENT_COLUMN_DATE || i == EVENT_COLUMN_KNOWN))
            return err_set(
                ERR_PARSE,
                "%s:1: column \"%s\" is missing from the header: kind,symbol,date,time,known,"
                "withdrawn,amount",
                csv->name, names[i]);
    }
    return ERR_OK;
}

enum err import_events(struct import *import)
{
    struct events events = { .import = import };
    struct csv_rows rows = { begin_file, take_row, &events };
    return csv_files_read(import, ',', &rows);
}

bool import_events_recognise(const struct import_probe *probe)
{
    return table_header_has(probe->line, ',', "kind,symbol,date,known");
}
