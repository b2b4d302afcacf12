#include "run/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "capture/capture.h"
#include "decrypt/keylog.h"
#include "identify/recipe_book.h"
#include "identify/sheet.h"
#include "store/case.h"
#include "verify/verify.h"

enum { PIECE = 65536 };

/* One capture of the case, in the order of the case. */
struct source {
    char *name;
    char sha256[65];
    const char *path; /* where it is now; NULL: nobody gave it */
};

/* Which answers of the verifier are about a finding: one for each capture of its name. */
struct asked {
    size_t first;
    size_t count;
};

struct verification {
    const struct tt_verify_config *config;
    const struct tt_report_sink *sink;
    struct tt_error *error;
    struct tt_case *opened;
    struct tt_case_view view;
    struct tt_sheet *sheet;
    struct tt_verifier *verifier;
    struct source *sources;
    size_t source_count;
    struct asked *asked;
    size_t finding_count;
    size_t answers;       /* findings added to the verifier */
    struct tt_buf *books; /* recipe files of the user */
    size_t book_count;
    struct tt_verify_totals totals;
};

static enum tt_err no_memory(struct tt_error *error)
{
    return tt_error_set(error, TT_ERR_MEMORY, "no memory to verify the case");
}

/* ---- keys ---- */

static enum tt_err add_capture_keys(struct verification *v, const char *path)
{
    struct tt_capture *capture = NULL;
    uint32_t type = 0;
    struct tt_span data = {0};
    enum tt_err err = TT_OK;
    /* What is wrong with the capture is told when it is read for its packets. */
    if (tt_capture_open_for_secrets(path, &capture, NULL) != TT_OK)
        return TT_OK;
    for (size_t i = 0; err == TT_OK && tt_capture_secret(capture, i, &type, &data); i++)
        if (type == TT_SECRETS_TLS_KEY_LOG)
            err = tt_verifier_add_keys(v->verifier, data);
    tt_capture_free(capture);
    return err == TT_OK ? TT_OK : no_memory(v->error);
}

static enum tt_err add_keys(struct verification *v)
{
    const struct tt_verify_config *config = v->config;
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < config->key_count && err == TT_OK; i++) {
        struct tt_buf text = {0};
        err = tt_file_read(config->keys[i], TT_KEY_FILE_MAX, &text, v->error);
        if (err == TT_OK && tt_verifier_add_keys(v->verifier, tt_buf_span(&text)) != TT_OK)
            err = no_memory(v->error);
        tt_buf_wipe(&text);
    }
    for (size_t i = 0; i < config->psk_count && err == TT_OK; i++)
        if (tt_verifier_add_psk(v->verifier, config->psks[i]) != TT_OK)
            err = tt_error_set(v->error, TT_ERR_LIMIT, "more pre-shared keys than can be held");
    for (size_t i = 0; i < config->capture_count && err == TT_OK; i++)
        err = add_capture_keys(v, config->captures[i]);
    return err;
}

/* ---- captures ---- */

/* The SHA-256 of the file as it stands. */
static enum tt_err digest_of(const char *path, char ret_text[65], struct tt_error *error)
{
    uint8_t room[PIECE];
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    ssize_t got = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return tt_error_errno(error, errno, "cannot read %s", path);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    while (ok && (got = read(fd, room, sizeof(room))) > 0)
        ok = EVP_DigestUpdate(context, room, (size_t)got) == 1;
    enum tt_err err = TT_OK;
    if (got < 0)
        err = tt_error_errno(error, errno, "cannot read %s", path);
    else if (!ok || EVP_DigestFinal_ex(context, digest, &len) != 1)
        err = no_memory(error);
    for (unsigned i = 0; err == TT_OK && i < len && i < 32; i++)
        (void)snprintf(ret_text + 2 * (size_t)i, 3, "%02x", (unsigned)digest[i]);
    EVP_MD_CTX_free(context);
    (void)close(fd);
    return err;
}

static enum tt_err add_source(void *context, const struct tt_case_input *input)
{
    struct verification *v = context;
    struct source *sources = realloc(v->sources, (v->source_count + 1) * sizeof(*sources));
    if (sources == NULL)
        return no_memory(v->error);
    v->sources = sources;
    struct source *source = &sources[v->source_count];
    *source = (struct source){.name = strdup(input->name)};
    (void)snprintf(source->sha256, sizeof(source->sha256), "%s", input->sha256);
    if (source->name == NULL)
        return no_memory(v->error);
    v->source_count++;
    return TT_OK;
}

static enum tt_err match_captures(struct verification *v)
{
    const struct tt_verify_config *config = v->config;
    for (size_t i = 0; i < config->capture_count; i++) {
        char text[65] = "";
        bool found = false;
        enum tt_err err = digest_of(config->captures[i], text, v->error);
        if (err != TT_OK)
            return err;
        for (size_t j = 0; j < v->source_count && !found; j++) {
            found = v->sources[j].path == NULL && strcmp(v->sources[j].sha256, text) == 0;
            if (found)
                v->sources[j].path = config->captures[i];
        }
        if (!found)
            return tt_error_set(v->error, TT_ERR_FORMAT,
                                "%s is not a capture of this case: it was changed after the test, "
                                "or is another one (its SHA-256 is %s)",
                                config->captures[i], text);
    }
    for (size_t j = 0; j < v->source_count; j++)
        if (v->sources[j].path == NULL)
            return tt_error_set(
                v->error, TT_ERR_USAGE,
                "the case is about %s too, which is not among the captures%s", v->sources[j].name,
                v->sources[j].sha256[0] == '\0' ? " and was not read to its end: test again" : "");
    return TT_OK;
}

static enum tt_err read_capture(struct verification *v, uint32_t number)
{
    struct tt_capture *capture = NULL;
    enum tt_err err = tt_capture_open(v->sources[number].path, NULL, &capture, v->error);
    bool more = err == TT_OK;
    while (err == TT_OK && more) {
        struct tt_frame frame;
        err = tt_capture_next(capture, &frame, &more, v->error);
        if (err != TT_OK || !more)
            break;
        frame.number = tt_frame_id(number, frame.number);
        err = tt_verifier_frame(v->verifier, &frame);
        if (err == TT_ERR_LIMIT)
            (void)tt_error_set(v->error, err,
                               "the connections of the findings hold more bytes than can be "
                               "verified at once (TT_VERIFY_BYTES_MAX)");
        else if (err != TT_OK)
            (void)no_memory(v->error);
    }
    tt_capture_free(capture);
    return err;
}

static enum tt_err read_captures(struct verification *v)
{
    for (unsigned pass = 1; pass <= 2; pass++) {
        if (tt_verifier_begin(v->verifier, pass) != TT_OK)
            return no_memory(v->error);
        for (size_t i = 0; i < v->source_count; i++) {
            enum tt_err err = read_capture(v, (uint32_t)i);
            if (err != TT_OK)
                return err;
        }
    }
    return TT_OK;
}

/* ---- the case and its sheet ---- */

static enum tt_err open_case(struct verification *v)
{
    struct tt_case_info info;
    enum tt_err err = tt_case_open(v->config->case_path, &v->opened, v->error);
    if (err == TT_OK)
        err = tt_case_check_seal(v->opened, v->error);
    if (err != TT_OK)
        return err;
    v->view = tt_case_rows(v->opened);
    err = v->view.info(v->view.store, &info);
    if (err != TT_OK)
        return tt_error_set(v->error, err, "%s", tt_case_failure(v->opened));
    err = tt_sheet_load(v->config->subject, &v->sheet, v->error);
    if (err == TT_OK && strcmp(tt_sheet_subject(v->sheet)->digest, info.subject_digest) != 0)
        err = tt_error_set(v->error, TT_ERR_FORMAT,
                           "%s is not the sheet of this test (another SHA-256); give the same one",
                           v->config->subject);
    return err;
}

static enum tt_err add_recipes(struct verification *v)
{
    const struct tt_verify_config *config = v->config;
    struct tt_span text;
    const char *name = NULL;
    enum tt_err err = TT_OK;
    for (size_t i = 0; err == TT_OK && tt_recipe_builtin(i, &text, &name); i++)
        err = tt_verifier_add_recipes(v->verifier, text, name, v->error);
    v->books = calloc(config->recipe_count + 1, sizeof(*v->books));
    if (v->books == NULL)
        return no_memory(v->error);
    for (size_t i = 0; i < config->recipe_count && err == TT_OK; i++) {
        struct tt_buf *book = &v->books[v->book_count];
        err = tt_file_read(config->recipes[i], TT_RECIPE_FILE_BYTES_MAX, book, v->error);
        if (err != TT_OK)
            break;
        v->book_count++;
        err = tt_verifier_add_recipes(v->verifier, tt_buf_span(book), config->recipes[i], v->error);
    }
    return err;
}

/* Without its recipe nothing can be said of a finding. */
static enum tt_err check_recipes(struct verification *v, const struct tt_finding *finding)
{
    const char *missing = NULL;
    for (size_t i = 0; i < finding->transform_count && missing == NULL; i++)
        if (!tt_verifier_knows(v->verifier, finding->transform[i]))
            missing = finding->transform[i];
    for (size_t i = 0; i < finding->proof_count && missing == NULL; i++)
        if (!tt_verifier_knows(v->verifier, finding->proof[i].step))
            missing = finding->proof[i].step;
    if (missing == NULL)
        return TT_OK;
    return tt_error_set(v->error, TT_ERR_USAGE,
                        "a finding was made with the recipe %s, which is not known: give the file "
                        "of recipes of the test (--recipes FILE)",
                        strchr(missing, ':') + 1);
}

static enum tt_err add_finding(void *context, const struct tt_finding *finding)
{
    struct verification *v = context;
    enum tt_err known = check_recipes(v, finding);
    if (known != TT_OK)
        return known;
    if ((v->finding_count & (v->finding_count - 1)) == 0) { /* room doubles */
        size_t room = v->finding_count == 0 ? 1 : v->finding_count * 2;
        struct asked *asked = realloc(v->asked, room * sizeof(*asked));
        if (asked == NULL)
            return no_memory(v->error);
        v->asked = asked;
    }
    struct asked *asked = &v->asked[v->finding_count++];
    *asked = (struct asked){.first = v->answers};
    for (size_t i = 0; i < v->source_count; i++) {
        if (strcmp(v->sources[i].name, finding->capture) != 0)
            continue;
        enum tt_err err = tt_verifier_add(v->verifier, (uint32_t)i, finding);
        if (err != TT_OK)
            return tt_error_set(v->error, err, "the case has more findings than can be verified");
        asked->count++;
        v->answers++;
    }
    return TT_OK;
}

/* ---- answers ---- */

static enum tt_err tell_finding(void *context, const struct tt_finding *finding)
{
    struct verification *v = context;
    const struct asked *asked = &v->asked[v->totals.findings];
    struct tt_verify_result best = {.why = "the case has no capture of that name"};
    for (size_t i = 0; i < asked->count && !best.holds; i++) {
        struct tt_verify_result result;
        enum tt_err err = tt_verifier_ask(v->verifier, asked->first + i, &result);
        if (err != TT_OK)
            return tt_error_set(v->error, err, "a finding could not be verified: no memory");
        if (i == 0 || result.holds)
            best = result;
    }
    v->totals.findings++;
    v->totals.held += best.holds ? 1 : 0;
    v->totals.closed += best.closed ? 1 : 0;
    v->totals.keyless += best.closed && best.keyless ? 1 : 0;
    bool walked = best.holds;
    for (size_t i = 0; i < best.check_count; i++)
        walked = walked && best.checks[i] == TT_VERIFY_WALKED;
    v->totals.walked += walked ? 1 : 0;
    struct tt_verify_line line = {
        .number = v->totals.findings, .finding = finding, .result = &best};
    return tt_verify_write_line(v->sink, v->config->json, &line);
}

enum tt_err tt_verify_case(const struct tt_verify_config *config, const struct tt_report_sink *sink,
                           struct tt_verify_totals *ret_totals, struct tt_error *error)
{
    struct verification v = {.config = config, .sink = sink, .error = error};
    enum tt_err err = open_case(&v);
    if (err != TT_OK)
        goto out;
    v.verifier = tt_verifier_new(tt_sheet_subject(v.sheet));
    if (v.verifier == NULL) {
        err = no_memory(error);
        goto out;
    }
    err = add_recipes(&v);
    if (err == TT_OK)
        err = add_keys(&v);
    if (err == TT_OK)
        err = v.view.inputs(v.view.store, add_source, &v);
    if (err == TT_OK)
        err = match_captures(&v);
    if (err == TT_OK)
        err = v.view.findings(v.view.store, add_finding, &v);
    if (err == TT_OK)
        err = read_captures(&v);
    if (err == TT_OK)
        err = v.view.findings(v.view.store, tell_finding, &v);
    if (err == TT_OK)
        err = tt_verify_write_totals(sink, config->json, &v.totals);
    if (err == TT_OK)
        *ret_totals = v.totals;
    else
        (void)tt_error_set(error, err, "the case could not be verified: %s",
                           v.opened == NULL ? "" : tt_case_failure(v.opened));
out:
    tt_verifier_free(v.verifier);
    tt_sheet_free(v.sheet);
    tt_case_free(v.opened);
    for (size_t i = 0; i < v.source_count; i++)
        free(v.sources[i].name);
    for (size_t i = 0; i < v.book_count; i++)
        tt_buf_free(&v.books[i]);
    free(v.books);
    free(v.sources);
    free(v.asked);
    return err;
}
