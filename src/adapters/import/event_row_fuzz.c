/* Any seven fields: a row that is read keeps what the store asks of it. */
#include "adapters/import/event_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = { (const char *)data, size }, fields[EVENT_COLUMNS] = { 0 };
    for (int i = 0; i < EVENT_COLUMNS && str_cut(&rest, ',', &fields[i]); i++)
        fields[i] = str_trim(fields[i]);
    struct event_row event;
    enum event_column column = EVENT_COLUMNS;
    const char *why = event_row_read(&event, fields, &column);
    MUST(column < EVENT_COLUMNS);
    if (why)
        return 0;
    const struct series_row *row = &event.row;
    MUST(event.symbol[0]);
    MUST(row->date > 0);
    MUST(row->known_s >= 0);
    MUST(!row->happens_s || row->known_s <= row->happens_s);
    MUST(!row->withdrawn_s || row->withdrawn_s >= row->known_s);
    MUST((event.series == SERIES_DIVIDENDS) == (row->value != PRICE_NONE));
    return 0;
}
