/* Inside content/: where a JSON reader stands: the open containers with their names and indices.
 *
 * Names stay where they were read until the piece ends, so that a name costs nothing unless someone
 * asks for the path. */
#ifndef TT_CONTENT_JSON_PATH_H
#define TT_CONTENT_JSON_PATH_H

#include "base/buf.h"
#include "content/step.h"
#include "model/limits.h"

enum { TT_JSON_NAME_MAX = 128 }; /* bytes of a name that are kept */

struct tt_json_level {
    bool object;
    bool saved;       /* the name lies in tt_json_path.names at name_at, else at name */
    uint32_t name_at; /* saved: offset in names */
    uint32_t name_len;
    const uint8_t *name; /* of the member that is being read, raw; object only */
    uint64_t index;      /* of the element that is being read; array only */
    uint64_t at;         /* of the container in the body */
};

struct tt_json_path {
    size_t depth; /* open containers */
    struct tt_buf names;
    struct tt_json_level levels[TT_JSON_DEPTH_MAX];
};

void tt_json_path_init(struct tt_json_path *path);
void tt_json_path_free(struct tt_json_path *path);

/* The name of the member that follows, borrowed until tt_json_path_save. */
static inline void tt_json_path_name(struct tt_json_path *path, struct tt_span name)
{
    struct tt_json_level *level = &path->levels[path->depth - 1];
    level->name = name.data;
    level->name_len = name.len < TT_JSON_NAME_MAX ? (uint32_t)name.len : TT_JSON_NAME_MAX;
    level->saved = false;
}

/* The piece ends: copies the names that still lie in it. */
void tt_json_path_save(struct tt_json_path *path);

/* Writes `prefix` and the path of the `depth` outermost containers: "json:$.contacts[3]". The step
 * inside the last of them is part of it. */
void tt_json_path_text(const struct tt_json_path *path, const char *prefix, size_t depth,
                       struct tt_step_text *text);

#endif
