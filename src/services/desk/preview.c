/* What an order would come to: the kernel's word, with the fees of the desk's venue. */
#include "services/desk/desk_int.h"

enum err desk_make_preview(struct desk *desk, const struct preview_order *order, struct order_preview *out)
{
    (void)desk;
    (void)order;
    (void)out;
    return err_set(ERR_UNSUPPORTED, "orders cannot be previewed yet");
}
