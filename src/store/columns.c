#include "store/columns.h"

#include <math.h>

static void bound(struct tt_bind *bind, int rc)
{
    if (bind->rc == SQLITE_OK)
        bind->rc = rc;
}

void tt_bind_text(struct tt_bind *bind, const char *text)
{
    bind->at++;
    if (text == NULL)
        bound(bind, sqlite3_bind_null(bind->stmt, bind->at));
    else
        bound(bind, sqlite3_bind_text(bind->stmt, bind->at, text, -1, SQLITE_STATIC));
}

void tt_bind_blob(struct tt_bind *bind, struct tt_span bytes)
{
    bind->at++;
    if (bytes.len == 0)
        bound(bind, sqlite3_bind_null(bind->stmt, bind->at));
    else
        bound(bind,
              sqlite3_bind_blob64(bind->stmt, bind->at, bytes.data, bytes.len, SQLITE_STATIC));
}

void tt_bind_int(struct tt_bind *bind, int64_t value)
{
    bind->at++;
    bound(bind, sqlite3_bind_int64(bind->stmt, bind->at, value));
}

void tt_bind_uint(struct tt_bind *bind, uint64_t value)
{
    tt_bind_int(bind, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void tt_bind_real(struct tt_bind *bind, double value)
{
    bind->at++;
    bound(bind, sqlite3_bind_double(bind->stmt, bind->at, isnan(value) ? 1 : value));
}

void tt_bind_addr(struct tt_bind *bind, struct tt_addr addr)
{
    char text[TT_ADDR_TEXT_MAX];
    bind->at++;
    if (tt_addr_len(addr) == 0)
        bound(bind, sqlite3_bind_null(bind->stmt, bind->at));
    else
        bound(bind, sqlite3_bind_text(bind->stmt, bind->at, tt_addr_text(addr, text), -1,
                                      SQLITE_TRANSIENT));
}

const char *tt_column_text(struct tt_columns *row)
{
    return (const char *)sqlite3_column_text(row->stmt, row->at++);
}

const char *tt_column_must(struct tt_columns *row)
{
    const char *text = tt_column_text(row);
    return text == NULL ? "" : text;
}

uint64_t tt_column_uint(struct tt_columns *row)
{
    sqlite3_int64 value = sqlite3_column_int64(row->stmt, row->at++);
    return value < 0 ? 0 : (uint64_t)value;
}

uint64_t tt_column_upto(struct tt_columns *row, uint64_t max)
{
    uint64_t value = tt_column_uint(row);
    return value > max ? max : value;
}

double tt_column_real(struct tt_columns *row)
{
    return sqlite3_column_double(row->stmt, row->at++);
}

bool tt_column_bool(struct tt_columns *row)
{
    return tt_column_uint(row) != 0;
}

struct tt_addr tt_column_addr(struct tt_columns *row)
{
    struct tt_addr addr = {.family = TT_ADDR_NONE};
    const char *text = tt_column_text(row);
    if (text != NULL && !tt_addr_parse(text, &addr))
        addr = (struct tt_addr){.family = TT_ADDR_NONE};
    return addr;
}

struct tt_span tt_column_blob(struct tt_columns *row, size_t max)
{
    int at = row->at++;
    const void *data = sqlite3_column_blob(row->stmt, at);
    int len = sqlite3_column_bytes(row->stmt, at);
    if (data == NULL || len <= 0)
        return (struct tt_span){.data = NULL, .len = 0};
    return tt_span_of(data, (size_t)len > max ? max : (size_t)len);
}

enum tt_certainty tt_column_certainty(struct tt_columns *row)
{
    bool proven = strcmp(tt_column_must(row), tt_certainty_name(TT_PROVEN)) == 0;
    return proven ? TT_PROVEN : TT_SUSPECTED;
}

enum tt_heading tt_column_heading(struct tt_columns *row)
{
    const char *text = tt_column_must(row);
    enum tt_heading value = TT_HEADING_SENT;
    while (value < TT_HEADING_UNKNOWN && strcmp(text, tt_heading_name(value)) != 0)
        value++;
    return value;
}

enum tt_addr_scope tt_column_scope(struct tt_columns *row)
{
    const char *text = tt_column_must(row);
    enum tt_addr_scope value = TT_ADDR_SCOPE_LINK;
    while (value < TT_ADDR_SCOPE_INTERNET && strcmp(text, tt_scope_name(value)) != 0)
        value++;
    return value;
}

enum tt_consent tt_column_consent(struct tt_columns *row)
{
    const char *text = tt_column_must(row);
    enum tt_consent value = TT_CONSENT_GIVEN;
    while (value < TT_CONSENT_UNKNOWN && strcmp(text, tt_consent_name(value)) != 0)
        value++;
    return value;
}

enum tt_trigger_outcome tt_column_outcome(struct tt_columns *row)
{
    const char *text = tt_column_must(row);
    for (enum tt_trigger_outcome value = TT_TRIGGER_TRIGGERED; value < TT_TRIGGER_OUTCOME_COUNT;
         value++)
        if (strcmp(text, tt_trigger_outcome_name(value)) == 0)
            return value;
    return TT_TRIGGER_UNCLEAR;
}

enum tt_verdict tt_column_verdict(struct tt_columns *row)
{
    const char *text = tt_column_must(row);
    if (strcmp(text, tt_verdict_name(TT_VERDICT_ALLOWED)) == 0)
        return TT_VERDICT_ALLOWED;
    if (strcmp(text, tt_verdict_name(TT_VERDICT_VIOLATION)) == 0)
        return TT_VERDICT_VIOLATION;
    return TT_VERDICT_UNDECIDED;
}

enum tt_party tt_column_party(struct tt_columns *row)
{
    const char *text = tt_column_must(row);
    if (strcmp(text, tt_party_name(TT_PARTY_FIRST)) == 0)
        return TT_PARTY_FIRST;
    return strcmp(text, tt_party_name(TT_PARTY_THIRD)) == 0 ? TT_PARTY_THIRD : TT_PARTY_UNKNOWN;
}

static enum tt_err read_failed(struct tt_case *c, int rc)
{
    c->read_error = (struct tt_error){.code = TT_OK};
    return tt_case_fail(c, rc, &c->read_error);
}

enum tt_err tt_walk_open(struct tt_case *c, const char *sql, sqlite3_stmt **ret_stmt)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL);
    if (rc != SQLITE_OK)
        return read_failed(c, rc);
    *ret_stmt = stmt;
    return TT_OK;
}

bool tt_walk_next(struct tt_case *c, sqlite3_stmt *stmt, enum tt_err *err)
{
    if (*err != TT_OK)
        return false;
    /* A text column that found no memory gave NULL: it must not pass for an empty one. */
    int rc = sqlite3_errcode(c->db) == SQLITE_NOMEM ? SQLITE_NOMEM : sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        return true;
    if (rc != SQLITE_DONE)
        *err = read_failed(c, rc);
    return false;
}
