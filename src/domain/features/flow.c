#include "domain/features/flow.h"

#include "domain/pricing/pricing.h"

static uint32_t known(const uint32_t *column, size_t i)
{
    return column ? column[i] : SIZE_NONE;
}

static void add(double *sum, double value)
{
    *sum = isnan(*sum) ? value : *sum + value;
}

static void measure_unusual(struct flow *flow, const struct flow_rule *rule, uint32_t volume,
                            uint32_t open, bool *mark)
{
    if (volume == SIZE_NONE || open == SIZE_NONE)
        return;
    flow->unusual_known = true;
    if (volume < rule->volume_min)
        return;
    double ratio = volume / (open > 1 ? (double)open : 1.0);
    flow->volume_open_max = fmax(flow->volume_open_max, ratio); /* fmax skips NaN */
    if (ratio > rule->ratio) {
        flow->unusual++;
        if (mark)
            *mark = true;
    }
}

void flow_measure(const struct flow_rows *rows, double spot, double multiplier,
                  const struct flow_rule *rule, struct flow *flow, bool *is_unusual)
{
    *flow = (struct flow){ .call_volume = NAN,
                           .put_volume = NAN,
                           .call_open = NAN,
                           .put_open = NAN,
                           .call_gamma = NAN,
                           .put_gamma = NAN,
                           .volume_open_max = NAN };
    double open_all = 0, open_with_gamma = 0;
    double dollars = 0.01 * spot * spot * multiplier;
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t volume = known(rows->volume, i), open = known(rows->open_interest, i);
        double gamma = rows->gamma ? rows->gamma[i] : NAN;
        bool is_call = rows->sign[i] == OPTION_SIGN_CALL;
        if (is_unusual)
            is_unusual[i] = false;
        if (volume != SIZE_NONE)
            add(is_call ? &flow->call_volume : &flow->put_volume, volume);
        if (open != SIZE_NONE) {
            add(is_call ? &flow->call_open : &flow->put_open, open);
            open_all += open;
            if (gamma >= 0 && feature_is_value(gamma) && feature_is_price(spot)) {
                add(is_call ? &flow->call_gamma : &flow->put_gamma, gamma * open * dollars);
                open_with_gamma += open;
            }
        }
        measure_unusual(flow, rule, volume, open, is_unusual ? &is_unusual[i] : NULL);
    }
    flow->put_call_volume = flow->call_volume > 0 ? flow->put_volume / flow->call_volume : NAN;
    flow->put_call_open = flow->call_open > 0 ? flow->put_open / flow->call_open : NAN;
    flow->gamma_exposure = flow->call_gamma - flow->put_gamma;
    flow->gamma_coverage = open_all > 0 ? open_with_gamma / open_all : NAN;
}

void put_call_begin(struct put_call *flow, int64_t open_ns)
{
    *flow = (struct put_call){ .calls = 0 };
    feature_gate_init(&flow->gate);
    flow->gate.ts_ns = open_ns;
}

bool put_call_update(struct put_call *flow, int64_t ts_ns, int sign, double price, uint32_t size)
{
    bool usable = (sign == OPTION_SIGN_CALL || sign == OPTION_SIGN_PUT) && price >= 0 &&
                  price < FEATURE_PRICE_MAX && size && size != SIZE_NONE;
    if (!feature_gate_pass(&flow->gate, ts_ns, usable))
        return false;
    *(sign == OPTION_SIGN_CALL ? &flow->calls : &flow->puts) += size;
    *(sign == OPTION_SIGN_CALL ? &flow->call_premium : &flow->put_premium) += price * size;
    return true;
}

double put_call_value(const struct put_call *flow)
{
    return flow->calls ? (double)flow->puts / (double)flow->calls : NAN;
}

double put_call_premium_value(const struct put_call *flow)
{
    return flow->call_premium > 0 ? flow->put_premium / flow->call_premium : NAN;
}
