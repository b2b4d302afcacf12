#include "judge/groups.h"

#include "base/compiler.h"
#include "base/map.h"
#include "model/frame.h"
#include "model/limits.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct tt_ends) == 48, "ends are compared as bytes");

struct tt_groups {
    struct tt_texts *texts;
    struct tt_map *map;
    size_t time_count;
    bool keep_times;
    bool missed_times;
};

struct tt_groups *tt_groups_new(struct tt_texts *texts)
{
    struct tt_groups *groups = calloc(1, sizeof(*groups));
    if (groups == NULL)
        return NULL;
    groups->texts = texts;
    groups->map = tt_map_new(TT_FINDINGS_MAX);
    if (groups->map == NULL) {
        free(groups);
        return NULL;
    }
    return groups;
}

static void free_group(void *value)
{
    struct tt_group *group = value;
    free(group->proof);
    free(group->flows);
    free(group->times);
    tt_frames_free(&group->frames);
    free(group);
}

void tt_groups_free(struct tt_groups *groups)
{
    if (groups == NULL)
        return;
    tt_map_free(groups->map, free_group);
    free(groups);
}

void tt_groups_keep_times(struct tt_groups *groups)
{
    groups->keep_times = true;
}

bool tt_groups_missed_times(const struct tt_groups *groups)
{
    return groups->missed_times;
}

size_t tt_groups_count(const struct tt_groups *groups)
{
    return tt_map_count(groups->map);
}

struct tt_group *tt_groups_at(struct tt_groups *groups, size_t at)
{
    return tt_map_at(groups->map, at, NULL);
}

/* ---- the key ---- */

void tt_path_without_positions(const char *step, char *room, size_t size)
{
    size_t used = 0;
    while (*step != '\0' && used + 1 < size) {
        size_t digits = 0;
        while (*step == '[' && tt_is_digit((uint8_t)step[1 + digits]))
            digits++;
        if (digits > 0 && step[1 + digits] == ']' && used + 3 < size) {
            memcpy(room + used, "[*]", 3);
            used += 3;
            step += digits + 2;
        } else {
            room[used++] = *step++;
        }
    }
    room[used] = '\0';
}

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum tt_err keep_path(struct tt_texts *texts, const struct tt_hit *hit,
                             struct tt_group_key *key)
{
    const char *steps[TT_PATH_STEPS_MAX] = {NULL};
    char room[TT_PATH_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < hit->proof_count && count < TT_PATH_STEPS_MAX; i++) {
        if (hit->proof[i].framing)
            continue;
        tt_path_without_positions(hit->proof[i].step, room, sizeof(room));
        enum tt_err result = tt_texts_keep(texts, room, &steps[count]);
        if (result != TT_OK)
            return result;
        count++;
    }
    return tt_texts_keep_list(texts, steps, count, &key->path);
}

static size_t path_count(const struct tt_hit *hit)
{
    size_t count = 0;
    for (size_t i = 0; i < hit->proof_count && count < TT_PATH_STEPS_MAX; i++)
        count += hit->proof[i].framing ? 0 : 1;
    return count;
}

static size_t transform_count(const struct tt_hit *hit)
{
    size_t count = 0;
    while (count < TT_FORM_TRANSFORMS_MAX && hit->form->transform[count] != NULL)
        count++;
    return count + min(hit->coding_count, TT_PATH_STEPS_MAX);
}

static enum tt_err keep_transform(struct tt_texts *texts, const struct tt_hit *hit,
                                  struct tt_group_key *key)
{
    const char *names[TT_FORM_TRANSFORMS_MAX + TT_PATH_STEPS_MAX] = {NULL};
    size_t count = transform_count(hit);
    size_t own = count - min(hit->coding_count, TT_PATH_STEPS_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *name = i < own ? hit->form->transform[i] : hit->codings[i - own];
        enum tt_err result = tt_texts_keep(texts, name, &names[i]);
        if (result != TT_OK)
            return result;
    }
    return tt_texts_keep_list(texts, names, count, &key->transform);
}

static enum tt_err make_key(struct tt_texts *texts, const struct tt_hit *hit, uint64_t epoch,
                            struct tt_group_key *key)
{
    memset(key, 0, sizeof(*key));
    struct {
        const char *text;
        const char **kept;
    } const fields[] = {
        {hit->form->name, &key->form},
        {hit->protocol, &key->protocol},
        {hit->host_source, &key->host_source},
        {hit->encryption == NULL ? "none" : hit->encryption, &key->encryption},
        {hit->cipher, &key->cipher},
        {hit->opened_with, &key->opened_with},
        {hit->flow->app, &key->app},
    };
    enum tt_err result = tt_texts_keep_host(texts, hit->host, &key->host);
    for (size_t i = 0; result == TT_OK && i < TT_ARRAY_LEN(fields); i++)
        result = tt_texts_keep(texts, fields[i].text, fields[i].kept);
    if (result == TT_OK)
        result = keep_transform(texts, hit, key);
    if (result == TT_OK)
        result = keep_path(texts, hit, key);
    if (key->host == NULL) {
        key->host_source = NULL;
        key->flow = hit->flow->id;
    }
    key->epoch = epoch;
    key->identifier = hit->form->identifier;
    key->capture = tt_frame_capture(hit->origin.first_frame);
    tt_ends_of(hit->flow, hit->direction, &key->ends);
    if (hit->relayed)
        key->ends.onward = TT_ONWARD_RELAYED;
    return result;
}

/* ---- the content ---- */

/* Replaces the proof; its texts stand behind its steps in one block. */
static enum tt_err copy_proof(struct tt_group *group, const struct tt_hit *hit)
{
    size_t count = min(hit->proof_count, TT_PATH_STEPS_MAX);
    size_t size = count * sizeof(struct tt_proof_step) + 1;
    for (size_t i = 0; i < count; i++)
        size += strlen(hit->proof[i].step) + 1;
    struct tt_proof_step *proof = malloc(size);
    if (proof == NULL)
        return TT_ERR_MEMORY;
    char *texts = (char *)(proof + count);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(hit->proof[i].step) + 1;
        memcpy(texts, hit->proof[i].step, len);
        proof[i] = hit->proof[i];
        proof[i].step = texts;
        texts += len;
    }
    free(group->proof);
    group->proof = proof;
    group->proof_count = count;
    return TT_OK;
}

static enum tt_err add_flow(struct tt_group *group, struct tt_flow_ref flow)
{
    size_t at = group->flow_count;
    while (at > 0 && group->flows[at - 1].id >= flow.id)
        at--;
    if (at == TT_FINDING_FLOWS_MAX || (at < group->flow_count && group->flows[at].id == flow.id))
        return TT_OK;
    if (group->flow_count == group->flow_room && group->flow_room < TT_FINDING_FLOWS_MAX) {
        size_t room = group->flow_room == 0 ? 1 : group->flow_room * 2;
        struct tt_flow_ref *flows = realloc(group->flows, room * sizeof(*flows));
        if (flows == NULL)
            return TT_ERR_MEMORY;
        group->flows = flows;
        group->flow_room = room;
    }
    if (group->flow_count == TT_FINDING_FLOWS_MAX)
        group->flow_count--; /* the greatest makes room */
    memmove(group->flows + at + 1, group->flows + at, (group->flow_count - at) * sizeof(flow));
    group->flows[at] = flow;
    group->flow_count++;
    return TT_OK;
}

static void see(struct tt_group *group, uint64_t first, uint64_t last)
{
    if (group->first_seen == 0 || (first != 0 && first < group->first_seen))
        group->first_seen = first;
    if (last > group->last_seen)
        group->last_seen = last;
}

static bool is_earlier(uint64_t frame, uint64_t flow, const struct tt_group *group)
{
    return frame < group->first_frame || (frame == group->first_frame && flow < group->first_flow);
}

static enum tt_err add_frame(struct tt_group *group, uint64_t frame)
{
    if (tt_frame_capture(frame) != group->key.capture)
        return TT_OK;
    return tt_frames_add(&group->frames, tt_frame_number(frame));
}

static bool begins_or_ends(struct tt_span word, const char *part)
{
    struct tt_span wanted = tt_span_str(part);
    return word.len >= wanted.len &&
           (tt_span_ieq(tt_span_sub(word, 0, wanted.len), wanted) ||
            tt_span_ieq(tt_span_from(word, word.len - wanted.len), wanted));
}

/* A longitude in a field that is named for the latitude, or the other way round: it is another
 * place's, unless the other one of the two stands beside it (findings.c looks for that). */
static bool is_contradicted(const struct tt_hit *hit)
{
    static const char *const latitude[] = {"lat", "latitude"};
    static const char *const longitude[] = {"lon", "lng", "long", "longitude"};
    bool is_latitude = strncmp(hit->form->name, "latitude", 8) == 0;
    if (hit->proof_count == 0 || (!is_latitude && strncmp(hit->form->name, "longitude", 9) != 0))
        return false;
    struct tt_span step = tt_span_str(hit->proof[hit->proof_count - 1].step);
    size_t from = 0;
    for (size_t i = 0; i < step.len; i++)
        from = memchr(":./@", step.data[i], 4) != NULL ? i + 1 : from;
    struct tt_span name = tt_span_from(step, from);
    const char *const *others = is_latitude ? longitude : latitude;
    size_t count = is_latitude ? TT_ARRAY_LEN(longitude) : TT_ARRAY_LEN(latitude);
    for (size_t i = 0; i < count; i++) {
        if (begins_or_ends(name, others[i]))
            return true;
    }
    return false;
}

static enum tt_err add_time(struct tt_groups *groups, struct tt_group *group, uint64_t time)
{
    if (!groups->keep_times || time == 0)
        return TT_OK;
    /* Many in one message are one sighting. */
    if (group->time_count > 0 && group->times[group->time_count - 1] == time)
        return TT_OK;
    if (groups->time_count == TT_SIGHTINGS_MAX) {
        groups->missed_times = true;
        return TT_OK;
    }
    if (group->time_count == group->time_room) {
        size_t room = group->time_room == 0 ? 2 : group->time_room * 2;
        uint64_t *times = realloc(group->times, room * sizeof(*times));
        if (times == NULL)
            return TT_ERR_MEMORY;
        group->times = times;
        group->time_room = room;
    }
    group->times[group->time_count++] = time;
    groups->time_count++;
    return TT_OK;
}

static enum tt_err add_hit(struct tt_group *group, const struct tt_hit *hit)
{
    if (group->count == 0 || is_earlier(hit->origin.first_frame, hit->flow->id, group)) {
        enum tt_err result = copy_proof(group, hit);
        if (result != TT_OK)
            return result;
        group->first_frame = hit->origin.first_frame;
        group->first_flow = hit->flow->id;
        group->strength = (struct tt_strength){.bits = hit->form->bits,
                                               .noise = hit->form->noise,
                                               .len = hit->form->len,
                                               .digits = hit->form->digits,
                                               .is_digest = hit->form->reversal_cost > 0};
        group->reversal_cost = hit->form->reversal_cost;
        group->weak = hit->form->weak || is_contradicted(hit);
    }
    group->count++;
    see(group, hit->origin.time, hit->origin.time);
    enum tt_err result = add_flow(group, (struct tt_flow_ref){.id = hit->flow->id,
                                                              .first_frame = hit->flow->first_frame,
                                                              .first_time = hit->flow->first_time});
    /* What lies between the two may belong to other flows: it is not known to carry the value. */
    if (result == TT_OK)
        result = add_frame(group, hit->origin.first_frame);
    if (result == TT_OK)
        result = add_frame(group, hit->origin.last_frame);
    for (size_t i = 0; i < hit->frame_count && result == TT_OK; i++)
        result = add_frame(group, hit->frames[i]);
    return result;
}

enum tt_err tt_groups_add(struct tt_groups *groups, const struct tt_hit *hit, uint64_t epoch)
{
    struct tt_group_key key;
    enum tt_err result = make_key(groups->texts, hit, epoch, &key);
    if (result != TT_OK)
        return result;
    struct tt_group *group = tt_map_get(groups->map, tt_span_of(&key, sizeof(key)));
    if (group != NULL) {
        result = add_hit(group, hit);
        return result == TT_OK ? add_time(groups, group, hit->origin.time) : result;
    }
    group = calloc(1, sizeof(*group));
    if (group == NULL)
        return TT_ERR_MEMORY;
    group->key = key;
    group->transform_count = transform_count(hit);
    group->path_count = path_count(hit);
    result = add_hit(group, hit);
    if (result == TT_OK)
        result = add_time(groups, group, hit->origin.time);
    if (result == TT_OK)
        result = tt_map_put(groups->map, tt_span_of(&key, sizeof(key)), group);
    if (result != TT_OK)
        free_group(group);
    return result;
}

enum tt_err tt_group_merge(struct tt_group *group, struct tt_group *more)
{
    if (is_earlier(more->first_frame, more->first_flow, group)) {
        struct tt_proof_step *proof = group->proof;
        size_t proof_count = group->proof_count;
        group->proof = more->proof;
        group->proof_count = more->proof_count;
        more->proof = proof;
        more->proof_count = proof_count;
        group->first_frame = more->first_frame;
        group->first_flow = more->first_flow;
        group->strength = more->strength;
        group->reversal_cost = more->reversal_cost;
        group->weak = more->weak;
        group->key.cipher = more->key.cipher;
        group->key.opened_with = more->key.opened_with;
    }
    group->count += more->count;
    see(group, more->first_seen, more->last_seen);
    for (size_t i = 0; i < more->flow_count; i++) {
        enum tt_err result = add_flow(group, more->flows[i]);
        if (result != TT_OK)
            return result;
    }
    return tt_frames_merge(&group->frames, &more->frames);
}
