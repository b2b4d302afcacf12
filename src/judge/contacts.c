#include "judge/contacts.h"

#include "base/map.h"
#include "model/limits.h"

#include <stdlib.h>

struct tt_contacts {
    struct tt_texts *texts;
    struct tt_map *talks;
    struct tt_talk *last;        /* asked for */
    size_t count;                /* of contacts */
    uint64_t since;              /* time at which keeping began */
    struct tt_stretch *captures; /* {UINT64_MAX, 0}: nothing seen */
    size_t capture_count;
    struct tt_stretch *seen; /* made of these */
};

/* Compared as bytes. */
struct talk_key {
    uint64_t flow;
    uint64_t direction;
};

struct tt_contacts *tt_contacts_new(struct tt_texts *texts)
{
    struct tt_contacts *contacts = calloc(1, sizeof(*contacts));
    if (contacts == NULL)
        return NULL;
    contacts->texts = texts;
    contacts->talks = tt_map_new(TT_CONTACTS_MAX);
    if (contacts->talks == NULL) {
        free(contacts);
        return NULL;
    }
    return contacts;
}

static void free_talk(void *value)
{
    struct tt_talk *talk = value;
    free(talk->contacts);
    free(talk);
}

void tt_contacts_free(struct tt_contacts *contacts)
{
    if (contacts == NULL)
        return;
    tt_map_free(contacts->talks, free_talk);
    free(contacts->captures);
    free(contacts->seen);
    free(contacts);
}

void tt_contacts_begin(struct tt_contacts *contacts, uint64_t time)
{
    contacts->since = time;
}

/* ---- what was captured ---- */

static enum tt_err see(struct tt_contacts *contacts, uint32_t capture, uint64_t time)
{
    if (time == 0)
        return TT_OK;
    if (capture >= contacts->capture_count) {
        size_t count = (size_t)capture + 1;
        struct tt_stretch *captures = realloc(contacts->captures, count * sizeof(*captures));
        if (captures == NULL)
            return TT_ERR_MEMORY;
        contacts->captures = captures;
        while (contacts->capture_count < count)
            captures[contacts->capture_count++] = (struct tt_stretch){.from = UINT64_MAX};
    }
    struct tt_stretch *stretch = &contacts->captures[capture];
    stretch->from = time < stretch->from ? time : stretch->from;
    stretch->to = time > stretch->to ? time : stretch->to;
    return TT_OK;
}

static int compare_stretches(const void *left, const void *right)
{
    const struct tt_stretch *a = left;
    const struct tt_stretch *b = right;
    return (a->from > b->from) - (a->from < b->from);
}

enum tt_err tt_contacts_seen(struct tt_contacts *contacts, const struct tt_stretch **ret_seen,
                             size_t *ret_count)
{
    free(contacts->seen);
    contacts->seen = calloc(contacts->capture_count + 1, sizeof(*contacts->seen));
    if (contacts->seen == NULL)
        return TT_ERR_MEMORY;
    size_t count = 0;
    for (size_t i = 0; i < contacts->capture_count; i++) {
        struct tt_stretch stretch = contacts->captures[i];
        stretch.from = stretch.from < contacts->since ? contacts->since : stretch.from;
        if (stretch.from <= stretch.to)
            contacts->seen[count++] = stretch;
    }
    qsort(contacts->seen, count, sizeof(*contacts->seen), compare_stretches);
    size_t joined = 0;
    for (size_t i = 0; i < count; i++) {
        struct tt_stretch *last = joined == 0 ? NULL : &contacts->seen[joined - 1];
        if (last == NULL || last->to < contacts->seen[i].from)
            contacts->seen[joined++] = contacts->seen[i];
        else if (last->to < contacts->seen[i].to)
            last->to = contacts->seen[i].to;
    }
    *ret_seen = contacts->seen;
    *ret_count = joined;
    return TT_OK;
}

/* ---- contacts ---- */

static enum tt_err get_talk(struct tt_contacts *contacts, const struct tt_flow *flow,
                            enum tt_direction direction, struct tt_talk **ret_talk)
{
    struct tt_talk *talk = contacts->last;
    if (talk != NULL && talk->flow == flow->id && talk->ends.direction == direction) {
        *ret_talk = talk;
        return TT_OK;
    }
    const struct talk_key key = {.flow = flow->id, .direction = direction};
    talk = tt_map_get(contacts->talks, tt_span_of(&key, sizeof(key)));
    if (talk == NULL) {
        talk = calloc(1, sizeof(*talk));
        if (talk == NULL)
            return TT_ERR_MEMORY;
        talk->flow = flow->id;
        talk->first_frame = flow->first_frame;
        talk->first_time = flow->first_time;
        tt_ends_of(flow, direction, &talk->ends);
        enum tt_err result = tt_map_put(contacts->talks, tt_span_of(&key, sizeof(key)), talk);
        if (result != TT_OK) {
            free(talk);
            return result;
        }
    }
    contacts->last = talk;
    *ret_talk = talk;
    return TT_OK;
}

static enum tt_err add_contact(struct tt_contacts *contacts, struct tt_talk *talk, uint64_t time)
{
    if (contacts->count >= TT_CONTACTS_MAX)
        return TT_ERR_LIMIT;
    if (talk->count == talk->room) {
        size_t room = talk->room == 0 ? 1 : talk->room * 2;
        struct tt_contact *moved = realloc(talk->contacts, room * sizeof(*moved));
        if (moved == NULL)
            return TT_ERR_MEMORY;
        talk->contacts = moved;
        talk->room = room;
    }
    talk->contacts[talk->count++] = (struct tt_contact){.time = time};
    talk->last = time;
    contacts->count++;
    return TT_OK;
}

enum tt_err tt_contacts_chunk(struct tt_contacts *contacts, const struct tt_chunk *chunk)
{
    const struct tt_flow *flow = chunk->flow;
    struct tt_talk *talk = NULL;
    if (chunk->bytes.len == 0 || chunk->time == 0)
        return TT_OK;
    enum tt_err result = get_talk(contacts, flow, chunk->direction, &talk);
    if (result != TT_OK)
        return result;
    bool opens = talk->count == 0 && chunk->direction == TT_FROM_INITIATOR && flow->first_time != 0;
    if (opens)
        result = add_contact(contacts, talk, flow->first_time);
    if (result == TT_OK && (talk->count == 0 || chunk->time > talk->last + TT_CONTACT_PAUSE))
        result = add_contact(contacts, talk, chunk->time);
    if (result != TT_OK)
        return result;
    talk->last = chunk->time > talk->last ? chunk->time : talk->last;
    talk->contacts[talk->count - 1].bytes += chunk->bytes.len;
    return TT_OK;
}

enum tt_err tt_contacts_account(struct tt_contacts *contacts, const struct tt_account *account)
{
    bool is_payload = account->bucket != TT_BUCKET_LOST && account->bucket != TT_BUCKET_DUPLICATE &&
                      account->bucket != TT_BUCKET_OVERHEAD;
    struct tt_talk *talk = NULL;
    if (!is_payload || account->bytes == 0)
        return TT_OK;
    enum tt_err result = get_talk(contacts, account->flow, account->direction, &talk);
    if (result == TT_OK && talk->host == NULL && account->host != NULL)
        result = tt_texts_keep_host(contacts->texts, account->host, &talk->host);
    if (result != TT_OK)
        return result;
    talk->accounted += account->bytes;
    if (account->bucket == TT_BUCKET_ENCRYPTED || account->bucket == TT_BUCKET_OPAQUE)
        talk->unread += account->bytes;
    return TT_OK;
}

enum tt_err tt_contacts_flow(struct tt_contacts *contacts, const struct tt_flow *flow)
{
    struct tt_talk *talk = NULL;
    enum tt_err result = see(contacts, flow->capture, flow->first_time);
    if (result == TT_OK)
        result = see(contacts, flow->capture, flow->last_time);
    if (result == TT_OK && flow->first_time != 0)
        result = get_talk(contacts, flow, TT_FROM_INITIATOR, &talk);
    if (result == TT_OK && talk != NULL && talk->count == 0)
        result = add_contact(contacts, talk, flow->first_time);
    return result;
}

const struct tt_talk *tt_contacts_talk(const struct tt_contacts *contacts, size_t at)
{
    return at < tt_map_count(contacts->talks) ? tt_map_at(contacts->talks, at, NULL) : NULL;
}
