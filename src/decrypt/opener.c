#include "decrypt/opener_state.h"

#include "base/secret.h"
#include "model/limits.h"

#include <openssl/crypto.h>
#include <stdlib.h>

enum { SESSION_KEY_MAX = 1 + TT_KEY_ID_MAX, SPARE_MAX = 2 * TT_RECORD_OUT_MAX };

const char *tt_closed_name(enum tt_closed reason)
{
    static const char *const names[] = {
#define CLOSED_NAME(id, name) [id] = (name),
        TT_CLOSED_REASONS(CLOSED_NAME)
#undef CLOSED_NAME
    };
    return names[reason];
}

enum tt_err tt_opener_new(const struct tt_keys *keys, struct tt_opener **ret_opener)
{
    struct tt_opener *opener = calloc(1, sizeof(*opener));
    if (opener == NULL)
        return TT_ERR_MEMORY;
    opener->keys = keys;
    opener->sessions = tt_map_new(TT_TLS_SESSIONS_MAX);
    enum tt_err err = opener->sessions == NULL ? TT_ERR_MEMORY : tt_crypto_new(&opener->crypto);
    if (err != TT_OK) {
        tt_opener_free(opener);
        return err;
    }
    *ret_opener = opener;
    return TT_OK;
}

static void free_held(struct tt_held *held)
{
    if (held == NULL)
        return;
    tt_buf_free(&held->buf);
    free(held);
}

static void free_session(void *session)
{
    tt_wipe(session, sizeof(struct tt_session));
    free(session);
}

void tt_opener_free(struct tt_opener *opener)
{
    if (opener == NULL)
        return;
    tt_map_free(opener->sessions, free_session);
    tt_crypto_free(opener->crypto);
    for (size_t i = 0; i < TT_TLS_NESTING_MAX; i++) {
        if (opener->scratch[i] != NULL)
            tt_wipe(opener->scratch[i], sizeof(struct tt_scratch));
        free(opener->scratch[i]);
    }
    free_held(opener->spare);
    tt_wipe(opener, sizeof(*opener));
    free(opener);
}

struct tt_scratch *tt_opener_scratch(struct tt_opener *opener)
{
    if (opener->depth >= TT_TLS_NESTING_MAX)
        return NULL;
    struct tt_scratch **place = &opener->scratch[opener->depth];
    if (*place == NULL)
        *place = malloc(sizeof(**place));
    return *place;
}

/* ---- bytes that wait ---- */

static void unlink_held(struct tt_opener *opener, struct tt_held *held)
{
    if (held->older != NULL)
        held->older->newer = held->newer;
    else
        opener->oldest = held->newer;
    if (held->newer != NULL)
        held->newer->older = held->older;
    else
        opener->newest = held->older;
    held->older = NULL;
    held->newer = NULL;
}

static void link_newest(struct tt_opener *opener, struct tt_held *held)
{
    held->older = opener->newest;
    held->newer = NULL;
    if (opener->newest != NULL)
        opener->newest->newer = held;
    else
        opener->oldest = held;
    opener->newest = held;
}

static size_t held_size(const struct tt_held *held)
{
    return sizeof(*held) + held->buf.cap;
}

static struct tt_held *take_held(struct tt_opener *opener)
{
    struct tt_held *held = opener->spare;
    opener->spare = NULL;
    return held != NULL ? held : calloc(1, sizeof(*held));
}

/* The memory goes back: one of them to whoever comes next. */
static void give_back(struct tt_opener *opener, struct tt_held *held)
{
    tt_buf_clear(&held->buf);
    if (opener->spare == NULL && held->buf.cap <= SPARE_MAX)
        opener->spare = held;
    else
        free_held(held);
}

enum tt_err tt_held_add(struct tt_opener *opener, struct tt_held **held, size_t max, uint64_t at,
                        struct tt_span bytes, const struct tt_origin *origin,
                        void (*give_up)(struct tt_opener *opener, void *owner), void *owner)
{
    size_t len = tt_held_len(*held);
    if (bytes.len == 0)
        return TT_OK;
    if (len > max || bytes.len > max - len)
        return TT_ERR_LIMIT;
    struct tt_held *mine = *held != NULL ? *held : take_held(opener);
    if (mine == NULL)
        return TT_ERR_MEMORY;
    size_t before = *held != NULL ? held_size(mine) : 0;
    mine->buf.max = mine->buf.cap > max ? mine->buf.cap : max;
    enum tt_err err = tt_buf_append(&mine->buf, bytes);
    if (err != TT_OK) {
        if (*held == NULL)
            give_back(opener, mine);
        return err;
    }
    if (*held == NULL) {
        mine->at = at;
        mine->origin = *origin;
        mine->give_up = give_up;
        mine->owner = owner;
        *held = mine;
    } else {
        tt_origin_add(&mine->origin, origin);
        unlink_held(opener, mine);
    }
    opener->held += held_size(mine) - before;
    link_newest(opener, mine);
    while (opener->held > TT_TLS_HELD_MAX && opener->oldest != mine) {
        struct tt_held *oldest = opener->oldest;
        oldest->give_up(opener, oldest->owner);
    }
    return TT_OK;
}

void tt_held_drop(struct tt_opener *opener, struct tt_held **held)
{
    struct tt_held *mine = *held;
    if (mine == NULL)
        return;
    *held = NULL;
    opener->held -= held_size(mine);
    unlink_held(opener, mine);
    give_back(opener, mine);
}

/* ---- sessions ---- */

static struct tt_span session_key(uint8_t out[SESSION_KEY_MAX], char kind, struct tt_span id)
{
    out[0] = (uint8_t)kind;
    memcpy(out + 1, id.data, id.len);
    return tt_span_of(out, 1 + id.len);
}

enum tt_err tt_session_put(struct tt_opener *opener, char kind, struct tt_span id,
                           const struct tt_session *session)
{
    uint8_t bytes[SESSION_KEY_MAX];
    if (id.len == 0 || id.len > TT_KEY_ID_MAX)
        return TT_OK;
    struct tt_span key = session_key(bytes, kind, id);
    struct tt_session *known = tt_map_get(opener->sessions, key);
    if (known != NULL) {
        *known = *session;
        return TT_OK;
    }
    struct tt_session *copy = malloc(sizeof(*copy));
    if (copy == NULL)
        return TT_ERR_MEMORY;
    *copy = *session;
    enum tt_err err = tt_map_put(opener->sessions, key, copy);
    if (err != TT_OK)
        free_session(copy);
    return err;
}

const struct tt_session *tt_session_find(const struct tt_opener *opener, char kind,
                                         struct tt_span id)
{
    uint8_t bytes[SESSION_KEY_MAX];
    if (id.len == 0 || id.len > TT_KEY_ID_MAX)
        return NULL;
    return tt_map_get(opener->sessions, session_key(bytes, kind, id));
}
