#include "store/schema.h"

#include "base/compiler.h"
#include "store/case.h"

#include <stdio.h>

/* Every table is STRICT and numbers its rows in the order in which they were put. Times are
 * nanoseconds since 1970. Lists hang on their finding by (finding, position). A check writes its
 * words with OR: an IN of three and more costs SQLite a temporary table for every row. */
static const char *const statements[] = {
    "CREATE TABLE info ("
    " one INTEGER PRIMARY KEY CHECK (one = 1),"
    " tool_version TEXT NOT NULL,"
    " device_name TEXT,"
    " device_firmware TEXT,"
    " subject_digest TEXT NOT NULL,"
    " policy_name TEXT NOT NULL,"
    " geo_sources TEXT NOT NULL,"
    " timeline TEXT,"
    " searched_bytes INTEGER NOT NULL CHECK (searched_bytes >= 0),"
    " identifier_count INTEGER NOT NULL CHECK (identifier_count >= 0),"
    " weak_count INTEGER NOT NULL CHECK (weak_count >= 0),"
    " verdict TEXT NOT NULL"
    "  CHECK (verdict = 'allowed' OR verdict = 'undecided' OR verdict = 'violation'),"
    " interrupted INTEGER NOT NULL CHECK (interrupted IN (0, 1)),"
    " unattributed_duplicate INTEGER NOT NULL DEFAULT 0 CHECK (unattributed_duplicate >= 0),"
    " unattributed_overhead INTEGER NOT NULL DEFAULT 0 CHECK (unattributed_overhead >= 0),"
    " vantage TEXT"
    ") STRICT",

    "CREATE TABLE input ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " format TEXT NOT NULL,"
    " wrapping TEXT,"
    " sha256 TEXT NOT NULL,"
    " bytes INTEGER NOT NULL CHECK (bytes >= 0),"
    " frames INTEGER NOT NULL CHECK (frames >= 0),"
    " dropped INTEGER NOT NULL CHECK (dropped >= 0),"
    " first_time INTEGER NOT NULL CHECK (first_time >= 0),"
    " last_time INTEGER NOT NULL CHECK (last_time >= 0),"
    " damaged INTEGER NOT NULL CHECK (damaged IN (0, 1)),"
    " captured_bytes INTEGER NOT NULL DEFAULT 0 CHECK (captured_bytes >= 0),"
    " wire_bytes INTEGER NOT NULL DEFAULT 0 CHECK (wire_bytes >= 0),"
    " missing_bytes INTEGER NOT NULL DEFAULT 0 CHECK (missing_bytes >= 0),"
    " decoded INTEGER NOT NULL DEFAULT 0 CHECK (decoded >= 0),"
    " raw_text INTEGER NOT NULL DEFAULT 0 CHECK (raw_text >= 0),"
    " opened INTEGER NOT NULL DEFAULT 0 CHECK (opened >= 0),"
    " opaque INTEGER NOT NULL DEFAULT 0 CHECK (opaque >= 0),"
    " encrypted INTEGER NOT NULL DEFAULT 0 CHECK (encrypted >= 0),"
    " lost INTEGER NOT NULL DEFAULT 0 CHECK (lost >= 0),"
    " not_ip INTEGER NOT NULL DEFAULT 0 CHECK (not_ip >= 0),"
    " duplicate INTEGER NOT NULL DEFAULT 0 CHECK (duplicate >= 0),"
    " overhead INTEGER NOT NULL DEFAULT 0 CHECK (overhead >= 0)"
    ") STRICT",

    "CREATE TABLE device ("
    " id INTEGER PRIMARY KEY,"
    " address TEXT,"
    " from_sheet INTEGER NOT NULL CHECK (from_sheet IN (0, 1)),"
    " flows_opened INTEGER NOT NULL CHECK (flows_opened >= 0)"
    ") STRICT",

    "CREATE TABLE clause ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " text TEXT NOT NULL,"
    " verdict TEXT NOT NULL,"
    " severity TEXT NOT NULL,"
    " citation TEXT,"
    " outcome TEXT NOT NULL DEFAULT '',"
    " findings INTEGER NOT NULL DEFAULT 0 CHECK (findings >= 0),"
    " missing TEXT NOT NULL DEFAULT '',"
    " excepted TEXT NOT NULL DEFAULT ''"
    ") STRICT",

    "CREATE TABLE identifier ("
    " id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL,"
    " owner TEXT NOT NULL,"
    " label TEXT NOT NULL"
    ") STRICT",

    "CREATE TABLE finding ("
    " id INTEGER PRIMARY KEY,"
    " identifier INTEGER NOT NULL CHECK (identifier >= 0),"
    " kind TEXT NOT NULL,"
    " owner TEXT NOT NULL,"
    " label TEXT NOT NULL,"
    " masked TEXT NOT NULL,"
    " form TEXT NOT NULL,"
    " certainty TEXT NOT NULL CHECK (certainty IN ('suspected', 'proven')),"
    " chance REAL NOT NULL,"
    " reversal_cost REAL NOT NULL,"
    " protocol TEXT NOT NULL,"
    " direction TEXT NOT NULL CHECK (direction = 'sent' OR direction = 'received'"
    "  OR direction = 'between' OR direction = 'unknown'),"
    " scope TEXT NOT NULL CHECK (scope = 'link' OR scope = 'private' OR scope = 'internet'),"
    " host TEXT,"
    " host_source TEXT,"
    " address TEXT,"
    " port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),"
    " country TEXT,"
    " network TEXT,"
    " app TEXT,"
    " encryption TEXT NOT NULL,"
    " cipher TEXT,"
    " opened_with TEXT,"
    " first_seen INTEGER NOT NULL CHECK (first_seen >= 0),"
    " last_seen INTEGER NOT NULL CHECK (last_seen >= 0),"
    " count INTEGER NOT NULL CHECK (count >= 0),"
    " capture TEXT NOT NULL,"
    " frame_count INTEGER NOT NULL CHECK (frame_count >= 0),"
    " phase TEXT,"
    " consent TEXT NOT NULL"
    "  CHECK (consent = 'given' OR consent = 'not_given' OR consent = 'withdrawn'"
    "   OR consent = 'not_required' OR consent = 'unknown'),"
    " verdict TEXT NOT NULL"
    "  CHECK (verdict = 'allowed' OR verdict = 'undecided' OR verdict = 'violation'),"
    " severity TEXT NOT NULL,"
    " domain TEXT,"
    " organisation TEXT,"
    " party TEXT NOT NULL DEFAULT 'unknown',"
    " purpose TEXT"
    ") STRICT",

    "CREATE TABLE finding_transform ("
    " finding INTEGER NOT NULL REFERENCES finding (id),"
    " position INTEGER NOT NULL,"
    " transform TEXT NOT NULL,"
    " PRIMARY KEY (finding, position)"
    ") STRICT, WITHOUT ROWID",

    "CREATE TABLE finding_path ("
    " finding INTEGER NOT NULL REFERENCES finding (id),"
    " position INTEGER NOT NULL,"
    " step TEXT NOT NULL,"
    " PRIMARY KEY (finding, position)"
    ") STRICT, WITHOUT ROWID",

    "CREATE TABLE finding_proof ("
    " finding INTEGER NOT NULL REFERENCES finding (id),"
    " position INTEGER NOT NULL,"
    " step TEXT NOT NULL,"
    " offset INTEGER NOT NULL CHECK (offset >= 0),"
    " length INTEGER NOT NULL CHECK (length >= 0),"
    " PRIMARY KEY (finding, position)"
    ") STRICT, WITHOUT ROWID",

    "CREATE TABLE finding_name ("
    " finding INTEGER NOT NULL REFERENCES finding (id),"
    " position INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " source TEXT NOT NULL,"
    " PRIMARY KEY (finding, position)"
    ") STRICT, WITHOUT ROWID",

    "CREATE TABLE finding_flow ("
    " finding INTEGER NOT NULL REFERENCES finding (id),"
    " position INTEGER NOT NULL,"
    " flow INTEGER NOT NULL CHECK (flow >= 0),"
    " PRIMARY KEY (finding, position)"
    ") STRICT, WITHOUT ROWID",

    "CREATE TABLE finding_frame ("
    " finding INTEGER NOT NULL REFERENCES finding (id),"
    " position INTEGER NOT NULL,"
    " frame INTEGER NOT NULL CHECK (frame >= 0),"
    " PRIMARY KEY (finding, position)"
    ") STRICT, WITHOUT ROWID",

    "CREATE TABLE finding_clause ("
    " finding INTEGER NOT NULL REFERENCES finding (id),"
    " position INTEGER NOT NULL,"
    " clause TEXT NOT NULL,"
    " PRIMARY KEY (finding, position)"
    ") STRICT, WITHOUT ROWID",

    "CREATE TABLE coverage ("
    " id INTEGER PRIMARY KEY,"
    " host TEXT,"
    " address TEXT,"
    " port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),"
    " country TEXT,"
    " network TEXT,"
    " protocol TEXT NOT NULL,"
    " scope TEXT NOT NULL CHECK (scope = 'link' OR scope = 'private' OR scope = 'internet'),"
    " direction TEXT NOT NULL CHECK (direction = 'sent' OR direction = 'received'"
    "  OR direction = 'between' OR direction = 'unknown'),"
    " flows INTEGER NOT NULL CHECK (flows >= 0),"
    " decoded INTEGER NOT NULL CHECK (decoded >= 0),"
    " raw_text INTEGER NOT NULL CHECK (raw_text >= 0),"
    " opened INTEGER NOT NULL CHECK (opened >= 0),"
    " opaque INTEGER NOT NULL CHECK (opaque >= 0),"
    " encrypted INTEGER NOT NULL CHECK (encrypted >= 0),"
    " lost INTEGER NOT NULL CHECK (lost >= 0),"
    " rtt_min INTEGER NOT NULL CHECK (rtt_min >= 0),"
    " not_ip INTEGER NOT NULL DEFAULT 0 CHECK (not_ip >= 0),"
    " duplicate INTEGER NOT NULL DEFAULT 0 CHECK (duplicate >= 0),"
    " overhead INTEGER NOT NULL DEFAULT 0 CHECK (overhead >= 0)"
    ") STRICT",

    "CREATE TABLE note ("
    " id INTEGER PRIMARY KEY,"
    " layer TEXT NOT NULL,"
    " code TEXT NOT NULL,"
    " text TEXT NOT NULL,"
    " capture TEXT,"
    " flow INTEGER NOT NULL CHECK (flow >= 0),"
    " frame INTEGER NOT NULL CHECK (frame >= 0),"
    " offset INTEGER NOT NULL CHECK (offset >= 0),"
    " count INTEGER NOT NULL CHECK (count >= 0),"
    " bytes INTEGER NOT NULL CHECK (bytes >= 0)"
    ") STRICT",

    "CREATE TABLE event ("
    " id INTEGER PRIMARY KEY,"
    " capture TEXT NOT NULL,"
    " frame INTEGER NOT NULL CHECK (frame >= 0),"
    " time INTEGER NOT NULL CHECK (time >= 0),"
    " source TEXT NOT NULL,"
    " text TEXT NOT NULL"
    ") STRICT",

    "CREATE TABLE trigger_row ("
    " id INTEGER PRIMARY KEY,"
    " what TEXT NOT NULL,"
    " outcome TEXT NOT NULL,"
    " kind TEXT,"
    " owner TEXT,"
    " label TEXT,"
    " masked TEXT,"
    " identifier INTEGER NOT NULL CHECK (identifier >= 0),"
    " own INTEGER NOT NULL CHECK (own IN (0, 1)),"
    " host TEXT,"
    " address TEXT,"
    " width INTEGER NOT NULL CHECK (width >= 0),"
    " uncertainty INTEGER NOT NULL CHECK (uncertainty >= 0),"
    " told INTEGER NOT NULL CHECK (told >= 0),"
    " repetitions INTEGER NOT NULL CHECK (repetitions >= 0),"
    " followed INTEGER NOT NULL CHECK (followed >= 0),"
    " controls INTEGER NOT NULL CHECK (controls >= 0),"
    " controls_followed INTEGER NOT NULL CHECK (controls_followed >= 0),"
    " delay INTEGER NOT NULL CHECK (delay >= 0),"
    " bytes INTEGER NOT NULL CHECK (bytes >= 0),"
    " unread INTEGER NOT NULL CHECK (unread >= 0),"
    " chance REAL NOT NULL"
    ") STRICT",

    /* Clustered by the order of the listing, in which rows nearly arrive: walking it sorts nothing,
     * and a long listing needs no second copy. Stays empty in a case that has a file. */
    "CREATE TABLE message ("
    " capture_at INTEGER NOT NULL,"
    " first_frame INTEGER NOT NULL,"
    " id INTEGER NOT NULL,"
    " last_frame INTEGER NOT NULL,"
    " capture TEXT NOT NULL,"
    " flow INTEGER NOT NULL,"
    " protocol TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " method TEXT,"
    " url TEXT,"
    " name TEXT,"
    " content_type TEXT,"
    " status INTEGER NOT NULL,"
    " body_bytes INTEGER NOT NULL,"
    " encryption TEXT NOT NULL,"
    " opened_with TEXT,"
    " time INTEGER NOT NULL,"
    " direction INTEGER NOT NULL CHECK (direction IN (0, 1)),"
    " offset INTEGER NOT NULL,"
    " body_head BLOB,"
    " PRIMARY KEY (capture_at, first_frame, id)"
    ") STRICT, WITHOUT ROWID",

    "CREATE TABLE timing ("
    " id INTEGER PRIMARY KEY,"
    " address TEXT,"
    " port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),"
    " host TEXT,"
    " names TEXT NOT NULL,"
    " country TEXT,"
    " network TEXT,"
    " handshake TEXT,"
    " least INTEGER NOT NULL CHECK (least >= 0),"
    " error INTEGER NOT NULL CHECK (error >= 0),"
    " handshakes INTEGER NOT NULL CHECK (handshakes >= 0),"
    " refused INTEGER NOT NULL CHECK (refused >= 0),"
    " capture TEXT NOT NULL,"
    " flow INTEGER NOT NULL CHECK (flow >= 0),"
    " frame INTEGER NOT NULL CHECK (frame >= 0),"
    " vacuum_km REAL NOT NULL,"
    " fibre_km REAL NOT NULL,"
    " signs TEXT NOT NULL"
    ") STRICT",

    "CREATE TABLE claim ("
    " id INTEGER PRIMARY KEY,"
    " source TEXT NOT NULL,"
    " claimant TEXT NOT NULL,"
    " place TEXT NOT NULL,"
    " address TEXT,"
    " port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),"
    " host TEXT,"
    " outcome TEXT NOT NULL,"
    " distance_km REAL NOT NULL"
    ") STRICT",

    "CREATE TABLE residency ("
    " id INTEGER PRIMARY KEY,"
    " service TEXT NOT NULL,"
    " places TEXT NOT NULL,"
    " outcome TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " destinations INTEGER NOT NULL CHECK (destinations >= 0)"
    ") STRICT",

    /* store/seal.h. In a table of its own: on a page whose bytes never moved, so that the text
     * stands in the file once. */
    "CREATE TABLE seal ("
    " one INTEGER PRIMARY KEY CHECK (one = 1),"
    " sha256 TEXT NOT NULL"
    ") STRICT",
};

/* A new column stands last in its table, here and above, so that both ways lead to the same. */
const struct tt_migration tt_schema_migrations[] = {
    {1, /* where every byte of a capture ended */
     "ALTER TABLE info ADD COLUMN unattributed_duplicate INTEGER NOT NULL DEFAULT 0"
     " CHECK (unattributed_duplicate >= 0);"
     "ALTER TABLE info ADD COLUMN unattributed_overhead INTEGER NOT NULL DEFAULT 0"
     " CHECK (unattributed_overhead >= 0);"
     "ALTER TABLE input ADD COLUMN captured_bytes INTEGER NOT NULL DEFAULT 0"
     " CHECK (captured_bytes >= 0);"
     "ALTER TABLE input ADD COLUMN wire_bytes INTEGER NOT NULL DEFAULT 0"
     " CHECK (wire_bytes >= 0);"
     "ALTER TABLE input ADD COLUMN missing_bytes INTEGER NOT NULL DEFAULT 0"
     " CHECK (missing_bytes >= 0);"
     "ALTER TABLE input ADD COLUMN decoded INTEGER NOT NULL DEFAULT 0"
     " CHECK (decoded >= 0);"
     "ALTER TABLE input ADD COLUMN raw_text INTEGER NOT NULL DEFAULT 0"
     " CHECK (raw_text >= 0);"
     "ALTER TABLE input ADD COLUMN opened INTEGER NOT NULL DEFAULT 0"
     " CHECK (opened >= 0);"
     "ALTER TABLE input ADD COLUMN opaque INTEGER NOT NULL DEFAULT 0"
     " CHECK (opaque >= 0);"
     "ALTER TABLE input ADD COLUMN encrypted INTEGER NOT NULL DEFAULT 0"
     " CHECK (encrypted >= 0);"
     "ALTER TABLE input ADD COLUMN lost INTEGER NOT NULL DEFAULT 0"
     " CHECK (lost >= 0);"
     "ALTER TABLE input ADD COLUMN not_ip INTEGER NOT NULL DEFAULT 0"
     " CHECK (not_ip >= 0);"
     "ALTER TABLE input ADD COLUMN duplicate INTEGER NOT NULL DEFAULT 0"
     " CHECK (duplicate >= 0);"
     "ALTER TABLE input ADD COLUMN overhead INTEGER NOT NULL DEFAULT 0"
     " CHECK (overhead >= 0);"
     "ALTER TABLE coverage ADD COLUMN not_ip INTEGER NOT NULL DEFAULT 0"
     " CHECK (not_ip >= 0);"
     "ALTER TABLE coverage ADD COLUMN duplicate INTEGER NOT NULL DEFAULT 0"
     " CHECK (duplicate >= 0);"
     "ALTER TABLE coverage ADD COLUMN overhead INTEGER NOT NULL DEFAULT 0"
     " CHECK (overhead >= 0);"
     "CREATE TABLE event ("
     " id INTEGER PRIMARY KEY,"
     " capture TEXT NOT NULL,"
     " frame INTEGER NOT NULL CHECK (frame >= 0),"
     " time INTEGER NOT NULL CHECK (time >= 0),"
     " source TEXT NOT NULL,"
     " text TEXT NOT NULL"
     ") STRICT;"},
    {2, /* the seal; a case that was written without one has none */
     "CREATE TABLE seal ("
     " one INTEGER PRIMARY KEY CHECK (one = 1),"
     " sha256 TEXT NOT NULL"
     ") STRICT;"},
    {3, /* what the clauses came to, whose the destinations are, where they can stand, and what
         * events triggered */
     "ALTER TABLE info ADD COLUMN vantage TEXT;"
     "CREATE TABLE timing ("
     " id INTEGER PRIMARY KEY,"
     " address TEXT,"
     " port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),"
     " host TEXT,"
     " names TEXT NOT NULL,"
     " country TEXT,"
     " network TEXT,"
     " handshake TEXT,"
     " least INTEGER NOT NULL CHECK (least >= 0),"
     " error INTEGER NOT NULL CHECK (error >= 0),"
     " handshakes INTEGER NOT NULL CHECK (handshakes >= 0),"
     " refused INTEGER NOT NULL CHECK (refused >= 0),"
     " capture TEXT NOT NULL,"
     " flow INTEGER NOT NULL CHECK (flow >= 0),"
     " frame INTEGER NOT NULL CHECK (frame >= 0),"
     " vacuum_km REAL NOT NULL,"
     " fibre_km REAL NOT NULL,"
     " signs TEXT NOT NULL"
     ") STRICT;"
     "CREATE TABLE claim ("
     " id INTEGER PRIMARY KEY,"
     " source TEXT NOT NULL,"
     " claimant TEXT NOT NULL,"
     " place TEXT NOT NULL,"
     " address TEXT,"
     " port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),"
     " host TEXT,"
     " outcome TEXT NOT NULL,"
     " distance_km REAL NOT NULL"
     ") STRICT;"
     "CREATE TABLE residency ("
     " id INTEGER PRIMARY KEY,"
     " service TEXT NOT NULL,"
     " places TEXT NOT NULL,"
     " outcome TEXT NOT NULL,"
     " reason TEXT NOT NULL,"
     " destinations INTEGER NOT NULL CHECK (destinations >= 0)"
     ") STRICT;"
     "ALTER TABLE clause ADD COLUMN citation TEXT;"
     "ALTER TABLE clause ADD COLUMN outcome TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE clause ADD COLUMN findings INTEGER NOT NULL DEFAULT 0 CHECK (findings >= 0);"
     "ALTER TABLE clause ADD COLUMN missing TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE clause ADD COLUMN excepted TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE finding ADD COLUMN domain TEXT;"
     "ALTER TABLE finding ADD COLUMN organisation TEXT;"
     "ALTER TABLE finding ADD COLUMN party TEXT NOT NULL DEFAULT 'unknown';"
     "ALTER TABLE finding ADD COLUMN purpose TEXT;"
     "CREATE TABLE trigger_row ("
     " id INTEGER PRIMARY KEY,"
     " what TEXT NOT NULL,"
     " outcome TEXT NOT NULL,"
     " kind TEXT,"
     " owner TEXT,"
     " label TEXT,"
     " masked TEXT,"
     " identifier INTEGER NOT NULL CHECK (identifier >= 0),"
     " own INTEGER NOT NULL CHECK (own IN (0, 1)),"
     " host TEXT,"
     " address TEXT,"
     " width INTEGER NOT NULL CHECK (width >= 0),"
     " uncertainty INTEGER NOT NULL CHECK (uncertainty >= 0),"
     " told INTEGER NOT NULL CHECK (told >= 0),"
     " repetitions INTEGER NOT NULL CHECK (repetitions >= 0),"
     " followed INTEGER NOT NULL CHECK (followed >= 0),"
     " controls INTEGER NOT NULL CHECK (controls >= 0),"
     " controls_followed INTEGER NOT NULL CHECK (controls_followed >= 0),"
     " delay INTEGER NOT NULL CHECK (delay >= 0),"
     " bytes INTEGER NOT NULL CHECK (bytes >= 0),"
     " unread INTEGER NOT NULL CHECK (unread >= 0),"
     " chance REAL NOT NULL"
     ") STRICT;"
     "CREATE TABLE identifier ("
     " id INTEGER PRIMARY KEY,"
     " kind TEXT NOT NULL,"
     " owner TEXT NOT NULL,"
     " label TEXT NOT NULL"
     ") STRICT;"},
    {0, NULL},
};

static int set_pragma(sqlite3 *db, const char *name, int value)
{
    char sql[64];
    (void)snprintf(sql, sizeof(sql), "PRAGMA %s = %d", name, value);
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int tt_schema_create(sqlite3 *db)
{
    int rc = set_pragma(db, "application_id", TT_CASE_APPLICATION_ID);
    if (rc == SQLITE_OK)
        rc = set_pragma(db, "user_version", TT_CASE_SCHEMA_VERSION);
    for (size_t i = 0; i < TT_ARRAY_LEN(statements) && rc == SQLITE_OK; i++)
        rc = sqlite3_exec(db, statements[i], NULL, NULL, NULL);
    return rc;
}

int tt_schema_migrate(sqlite3 *db, const struct tt_migration *steps, int from, int to)
{
    for (int version = from; version < to; version++) {
        const struct tt_migration *step = steps;
        while (step->sql != NULL && step->from != version)
            step++;
        if (step->sql == NULL)
            return SQLITE_NOTFOUND;
        int rc = sqlite3_exec(db, step->sql, NULL, NULL, NULL);
        if (rc == SQLITE_OK)
            rc = set_pragma(db, "user_version", version + 1);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}
