#include "store/columns.h"

/* The lists of a finding, each read by one statement that is prepared once for the whole walk. */
enum list { TRANSFORM, PATH, PROOF, NAME, FLOW, FRAME, CLAUSE, LIST_COUNT };

static const char *const list_sql[LIST_COUNT] = {
    [TRANSFORM] = "SELECT transform FROM finding_transform WHERE finding = ? ORDER BY position",
    [PATH] = "SELECT step FROM finding_path WHERE finding = ? ORDER BY position",
    [PROOF] = "SELECT step, offset, length FROM finding_proof WHERE finding = ? ORDER BY position",
    [NAME] = "SELECT name, source FROM finding_name WHERE finding = ? ORDER BY position",
    [FLOW] = "SELECT flow FROM finding_flow WHERE finding = ? ORDER BY position",
    [FRAME] = "SELECT frame FROM finding_frame WHERE finding = ? ORDER BY position",
    [CLAUSE] = "SELECT clause FROM finding_clause WHERE finding = ? ORDER BY position",
};

enum { FINDING_BYTES_MAX = 67108864 };

struct reader {
    struct tt_case *c;
    sqlite3_stmt *lists[LIST_COUNT];
    struct tt_arena arena; /* the lists of one finding */
};

/* A list that grows in the arena: what is outgrown stays there until the finding is done. */
struct growing {
    void *items;
    size_t count;
    size_t room;
    size_t size; /* of one */
};

static void *grow(struct reader *reader, struct growing *list)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 8 : list->room * 2;
        void *items = tt_arena_alloc(&reader->arena, room * list->size);
        if (items == NULL)
            return NULL;
        if (list->count > 0)
            memcpy(items, list->items, list->count * list->size);
        list->items = items;
        list->room = room;
    }
    return (char *)list->items + list->count++ * list->size;
}

static const char *copy_text(struct reader *reader, struct tt_columns *row)
{
    return tt_arena_strdup(&reader->arena, tt_column_must(row));
}

/* Reads the row under the cursor into `item`. False without memory. */
typedef bool read_item(struct reader *reader, struct tt_columns *row, void *item);

static bool read_text(struct reader *reader, struct tt_columns *row, void *item)
{
    const char **text = item;
    *text = copy_text(reader, row);
    return *text != NULL;
}

static bool read_number(struct reader *reader, struct tt_columns *row, void *item)
{
    (void)reader;
    uint64_t *number = item;
    *number = tt_column_uint(row);
    return true;
}

static bool read_step(struct reader *reader, struct tt_columns *row, void *item)
{
    struct tt_proof_step *step = item;
    step->step = copy_text(reader, row);
    step->offset = tt_column_uint(row);
    step->length = tt_column_uint(row);
    return step->step != NULL;
}

static bool read_name(struct reader *reader, struct tt_columns *row, void *item)
{
    struct tt_destination_name *name = item;
    name->name = copy_text(reader, row);
    name->source = copy_text(reader, row);
    return name->name != NULL && name->source != NULL;
}

static enum tt_err read_list(struct reader *reader, enum list which, sqlite3_int64 id, size_t size,
                             read_item *read, struct growing *ret_list)
{
    struct growing list = {.size = size};
    sqlite3_stmt *stmt = reader->lists[which];
    enum tt_err err = TT_OK;
    (void)sqlite3_bind_int64(stmt, 1, id);
    while (list.count < TT_CASE_LIST_MAX && tt_walk_next(reader->c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        void *item = grow(reader, &list);
        if (item == NULL || !read(reader, &row, item))
            err = TT_ERR_MEMORY;
    }
    (void)sqlite3_reset(stmt);
    if (err == TT_OK)
        *ret_list = list;
    return err;
}

static enum tt_err read_lists(struct reader *reader, sqlite3_int64 id, struct tt_finding *finding)
{
    static const struct {
        size_t size;
        read_item *read;
    } how[LIST_COUNT] = {
        [TRANSFORM] = {sizeof(char *), read_text},
        [PATH] = {sizeof(char *), read_text},
        [PROOF] = {sizeof(struct tt_proof_step), read_step},
        [NAME] = {sizeof(struct tt_destination_name), read_name},
        [FLOW] = {sizeof(uint64_t), read_number},
        [FRAME] = {sizeof(uint64_t), read_number},
        [CLAUSE] = {sizeof(char *), read_text},
    };
    struct growing lists[LIST_COUNT] = {{.items = NULL}};
    for (enum list i = TRANSFORM; i < LIST_COUNT; i++) {
        enum tt_err err = read_list(reader, i, id, how[i].size, how[i].read, &lists[i]);
        if (err != TT_OK)
            return err;
    }
    finding->transform = lists[TRANSFORM].items;
    finding->transform_count = lists[TRANSFORM].count;
    finding->path = lists[PATH].items;
    finding->path_count = lists[PATH].count;
    finding->proof = lists[PROOF].items;
    finding->proof_count = lists[PROOF].count;
    finding->names = lists[NAME].items;
    finding->name_count = lists[NAME].count;
    finding->flows = lists[FLOW].items;
    finding->flow_count = lists[FLOW].count;
    finding->frames = lists[FRAME].items;
    finding->frames_listed = lists[FRAME].count;
    finding->clauses = lists[CLAUSE].items;
    finding->clause_count = lists[CLAUSE].count;
    return TT_OK;
}

static const char finding_sql[] =
    "SELECT identifier, kind, owner, label, masked, form, certainty, chance, reversal_cost, "
    "protocol, direction, scope, host, host_source, address, port, country, network, app, "
    "encryption, cipher, opened_with, first_seen, last_seen, count, capture, frame_count, phase, "
    "consent, verdict, severity, domain, organisation, party, purpose, id FROM finding ORDER BY id";

static sqlite3_int64 read_columns(sqlite3_stmt *stmt, struct tt_finding *finding)
{
    struct tt_columns row = {.stmt = stmt};
    finding->identifier = (uint32_t)tt_column_upto(&row, UINT32_MAX);
    finding->kind = tt_column_must(&row);
    finding->owner = tt_column_must(&row);
    finding->label = tt_column_must(&row);
    finding->masked = tt_column_must(&row);
    finding->form = tt_column_must(&row);
    finding->certainty = tt_column_certainty(&row);
    finding->chance = tt_column_real(&row);
    finding->reversal_cost = tt_column_real(&row);
    finding->protocol = tt_column_must(&row);
    finding->heading = tt_column_heading(&row);
    finding->scope = tt_column_scope(&row);
    finding->host = tt_column_text(&row);
    finding->host_source = tt_column_text(&row);
    finding->address = tt_column_addr(&row);
    finding->port = (uint16_t)tt_column_upto(&row, UINT16_MAX);
    finding->country = tt_column_text(&row);
    finding->network = tt_column_text(&row);
    finding->app = tt_column_text(&row);
    finding->encryption = tt_column_must(&row);
    finding->cipher = tt_column_text(&row);
    finding->opened_with = tt_column_text(&row);
    finding->first_seen = tt_column_uint(&row);
    finding->last_seen = tt_column_uint(&row);
    finding->count = tt_column_uint(&row);
    finding->capture = tt_column_must(&row);
    finding->frame_count = tt_column_uint(&row);
    finding->phase = tt_column_text(&row);
    finding->consent = tt_column_consent(&row);
    finding->verdict = tt_column_verdict(&row);
    finding->severity = tt_column_must(&row);
    finding->domain = tt_column_text(&row);
    finding->organisation = tt_column_text(&row);
    finding->party = tt_column_party(&row);
    finding->purpose = tt_column_text(&row);
    return sqlite3_column_int64(stmt, row.at);
}

enum tt_err tt_case_read_findings(void *store,
                                  enum tt_err (*each)(void *, const struct tt_finding *),
                                  void *context)
{
    struct tt_case *c = store;
    struct reader reader = {.c = c, .arena = tt_arena_make(FINDING_BYTES_MAX)};
    sqlite3_stmt *stmt = NULL;
    enum tt_err err = tt_walk_open(c, finding_sql, &stmt);
    for (size_t i = 0; i < LIST_COUNT && err == TT_OK; i++)
        err = tt_walk_open(c, list_sql[i], &reader.lists[i]);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_finding finding = {0};
        sqlite3_int64 id = read_columns(stmt, &finding);
        err = read_lists(&reader, id, &finding);
        if (err == TT_OK)
            err = each(context, &finding);
        size_t max = reader.arena.max;
        tt_arena_free(&reader.arena);
        reader.arena = tt_arena_make(max);
    }
    (void)sqlite3_finalize(stmt);
    for (size_t i = 0; i < LIST_COUNT; i++)
        (void)sqlite3_finalize(reader.lists[i]);
    return err;
}
