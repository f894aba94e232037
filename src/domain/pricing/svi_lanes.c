#include "domain/pricing/svi_lanes_int.h"

#include "domain/pricing/lanes_int.h"

/* Without fused multiply-adds, which are slow where the machine has none. Row i goes to lane i mod
 * 8 at every width; the eight are added in the order of a tree. */
static double tree(const double lane[LANES_ROWS])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

void LANES_NAME(svi_sums)(struct svi_job *job)
{
    double lanes[SVI_SUMS][LANES_ROWS];
    double both = job->half_up + job->half_down, spread = job->half_up - job->half_down;
    for (int part = 0; part < LANES_ROWS; part += LANES_WIDTH) {
        vd sum[SVI_SUMS];
        for (int i = 0; i < SVI_SUMS; i++)
            sum[i] = vd_set(0.0);
        for (size_t at = (size_t)part; at < job->count; at += LANES_ROWS) {
            vd x = vd_load(job->k + at) - job->m, q = vd_load(job->weight + at);
            vd r = vd_sqrt(x * x + job->sigma * job->sigma), qr = q / r;
            vd w = both * r + (spread * x + job->a);
            vd off = q * (w - vd_load(job->w + at));
            vd row[5] = { q, 0.5 * q * (r + x), 0.5 * q * (r - x), -qr * (both * x + spread * r),
                          qr * (both * job->sigma) };
            int n = 0;
            for (int i = 0; i < 5; i++)
                for (int j = 0; j <= i; j++, n++)
                    sum[n] += row[i] * row[j];
            for (int i = 0; i < 5; i++, n++)
                sum[n] += row[i] * off;
            sum[n] += off * off;
        }
        for (int i = 0; i < SVI_SUMS; i++)
            vd_store(&lanes[i][part], sum[i]);
    }
    for (int i = 0; i < SVI_SUMS; i++)
        job->sums[i] = tree(lanes[i]);
}
