#include "capture/secrets.h"

#include "base/secret.h"
#include "model/limits.h"

#include <stdlib.h>

struct tt_secret {
    uint32_t type;
    size_t len;
    uint8_t *data;
};

enum tt_err tt_secrets_add(struct tt_secrets *secrets, uint32_t type, struct tt_span data)
{
    /* The items count too: a file may hold any number of empty ones. */
    size_t cost = sizeof(struct tt_secret) + data.len;
    if (cost > TT_SECRETS_MAX - secrets->bytes)
        return TT_ERR_LIMIT;
    if (secrets->count == secrets->room) {
        size_t room = secrets->room == 0 ? 4 : secrets->room * 2;
        struct tt_secret *items = realloc(secrets->items, room * sizeof(*items));
        if (items == NULL)
            return TT_ERR_MEMORY;
        secrets->items = items;
        secrets->room = room;
    }
    uint8_t *copy = malloc(data.len + 1);
    if (copy == NULL)
        return TT_ERR_MEMORY;
    if (data.len > 0)
        memcpy(copy, data.data, data.len);
    secrets->items[secrets->count++] =
        (struct tt_secret){.type = type, .len = data.len, .data = copy};
    secrets->bytes += cost;
    return TT_OK;
}

bool tt_secrets_at(const struct tt_secrets *secrets, size_t at, uint32_t *ret_type,
                   struct tt_span *ret_data)
{
    if (at >= secrets->count)
        return false;
    *ret_type = secrets->items[at].type;
    *ret_data = tt_span_of(secrets->items[at].data, secrets->items[at].len);
    return true;
}

void tt_secrets_free(struct tt_secrets *secrets)
{
    for (size_t i = 0; i < secrets->count; i++) {
        tt_wipe(secrets->items[i].data, secrets->items[i].len);
        free(secrets->items[i].data);
    }
    free(secrets->items);
    *secrets = (struct tt_secrets){0};
}
