/* What an order would come to: the kernel's word, with the fees of the desk's venue. */
#include "services/desk/desk_int.h"

enum err desk_make_preview(struct desk *desk, const struct preview_order *order,
                           struct order_preview *out)
{
    struct preview_order asked = *order;
    asked.has_fees = fee_schedule_parse(str_from(desk->begin.fees), &asked.fees) == ERR_OK;
    return kernel_preview(desk->kernel, &asked, out);
}

enum err desk_try(struct desk *desk, const struct preview_order *order, struct order_preview *out)
{
    return desk_make_preview(desk, order, out);
}
