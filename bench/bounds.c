/* What unwrapping costs, and what bodies cost that are made to cost time: CPU time, as ratios.
 *
 *   bench-bounds [NAME]      only the bodies whose names contain NAME
 *
 * First a message of 100 KB of base64(zlib(JSON)): microseconds a layer, beside what decoding the
 * base64 and inflating it cost by themselves; with the value in it and without. Then one body of
 * each kind of tests/unit/support/hard.h: its cost for a byte on the wire, with plain text of the
 * same size as 1, and the notes that it got. */
#include "base/buf.h"
#include "content/base64.h"
#include "identify/matcher.h"
#include "identify/sheet.h"
#include "run/search.h"
#include "support/hard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

enum {
    MESSAGE = 100 * 1000, /* bytes of JSON, at least, and another time of base64 */
    HARD = 1 << 20,
    LAYERS = 3,
    RUNS = 20,
    SEGMENT = 1448,
    NOTES_MAX = 256
};

static const char sheet_text[] = "identifiers: {imei: 358240051111110, email: "
                                 "asha.rao@example.org, phone_number: '+12025550123'}\n";

struct bench {
    struct tt_sheet *sheet;
    struct tt_matcher *matcher;
    struct tt_search_sink sink;
    struct tt_flow flow;
    size_t hits;
    char notes[NOTES_MAX];
};

static void on_hit(void *context, const struct tt_hit *hit)
{
    (void)hit;
    ((struct bench *)context)->hits++;
}

static void on_account(void *context, const struct tt_account *account)
{
    (void)context;
    (void)account;
}

static void on_searched(void *context, uint64_t bytes)
{
    (void)context;
    (void)bytes;
}

static void on_note(void *context, const struct tt_note *note)
{
    struct bench *bench = context;
    size_t len = strlen(bench->notes);
    if (strstr(bench->notes, note->code) == NULL && len + strlen(note->code) + 2 < NOTES_MAX)
        (void)snprintf(bench->notes + len, NOTES_MAX - len, " %s", note->code);
}

static void check(enum tt_err err)
{
    if (err == TT_OK)
        return;
    (void)fprintf(stderr, "bench-bounds: error %d\n", (int)err);
    exit(1);
}

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Seconds to search the body, in segments. A searcher of its own: each is the first of its run. */
static double search(struct bench *bench, struct tt_span text)
{
    struct tt_searcher *searcher = NULL;
    struct tt_body body = {.flow = &bench->flow, .kind = TT_STEP_SLICE, .step = "tcp.payload"};
    struct tt_search_context context = {.protocol = "tcp", .encryption = "none", .raw = true};
    check(tt_searcher_new(bench->matcher, &bench->sink, &searcher));
    bench->hits = 0;
    bench->notes[0] = '\0';
    double start = now();
    struct tt_search *search = tt_search_open(searcher, &body, &context);
    if (search == NULL)
        check(TT_ERR_MEMORY);
    for (size_t at = 0; at < text.len; at += SEGMENT) {
        struct tt_piece piece = {
            .bytes = tt_span_sub(text, at, SEGMENT),
            .at = at,
            .origin = {.first_frame = at / SEGMENT + 1, .last_frame = at / SEGMENT + 1}};
        tt_search_feed(search, &piece);
    }
    tt_search_close(search, TT_BODY_COMPLETE, text.len);
    double seconds = now() - start;
    check(tt_searcher_failure(searcher));
    tt_searcher_free(searcher);
    return seconds;
}

static double best(struct bench *bench, struct tt_span text, int runs)
{
    double least = search(bench, text);
    for (int i = 1; i < runs; i++) {
        double seconds = search(bench, text);
        least = seconds < least ? seconds : least;
    }
    return least;
}

/* ---- layers ---- */

/* JSON whose zlib stream is `len` bytes of base64, as near as that goes. */
static struct hard_text make_json(size_t len, bool present)
{
    struct hard_text json = {.bytes = malloc(4 * len), .room = 4 * len};
    uint64_t state = 1;
    hard_put(&json, "{\"events\":[", 11);
    while (json.len < len * 14 / 10) {
        char event[160];
        state = state * 6364136223846793005U + 1442695040888963407U;
        int event_len = snprintf(
            event, sizeof(event), "{\"time\":%" PRIu64 ",\"name\":\"screen_%u\",\"value\":%u},",
            1600000000000 + state % 100000000, (unsigned)(state >> 60), (unsigned)(state >> 44));
        hard_put(&json, event, (size_t)event_len);
    }
    const char *end = present ? "{\"id\":\"358240051111110\"}]}" : "{\"id\":\"358240051111111\"}]}";
    hard_put(&json, end, strlen(end));
    return json;
}

static struct hard_text wrap(struct tt_span json)
{
    uLongf len = compressBound(json.len);
    uint8_t *packed = malloc(len);
    struct hard_text text = {.bytes = malloc(2 * len), .room = 2 * len};
    if (packed == NULL || text.bytes == NULL || compress2(packed, &len, json.data, json.len, 6))
        check(TT_ERR_MEMORY);
    hard_put_base64(&text, tt_span_of(packed, len));
    free(packed);
    return text;
}

/* Seconds of the libraries alone: base64 by the decoder's own table, and zlib. */
static double unwrap_alone(struct tt_span text, size_t json_len)
{
    uint8_t *packed = malloc(text.len);
    uint8_t *json = malloc(json_len);
    double least = 1;
    for (int i = 0; packed != NULL && json != NULL && i < RUNS; i++) {
        struct tt_base64 state = {0};
        uLongf len = json_len;
        double start = now();
        size_t packed_len = tt_base64_decode(&state, text, packed);
        (void)uncompress(json, &len, packed, packed_len);
        double seconds = now() - start;
        least = seconds < least ? seconds : least;
    }
    free(packed);
    free(json);
    return least;
}

static void measure_layers(struct bench *bench)
{
    double seconds[2];
    double alone = 0;
    for (int present = 0; present < 2; present++) {
        struct hard_text json = make_json(MESSAGE, present == 1);
        struct hard_text text = wrap(tt_span_of(json.bytes, json.len));
        struct tt_span span = tt_span_of(text.bytes, text.len);
        seconds[present] = best(bench, span, RUNS);
        if (bench->hits != (size_t)present)
            check(TT_ERR_INTERNAL);
        alone = unwrap_alone(span, json.len);
        if (present == 1)
            printf("base64(zlib(JSON)), %zu bytes, %zu of JSON: %.0f us, %.0f us a layer (goal: "
                   "1000); base64 and zlib alone: %.0f us, ratio %.2f\n",
                   text.len, json.len, seconds[1] * 1e6, seconds[1] * 1e6 / LAYERS, alone * 1e6,
                   seconds[1] / alone);
        free(json.bytes);
        free(text.bytes);
    }
    printf("the same without the value: %.0f us, ratio to with it %.2f (goal: at most 1)\n",
           seconds[0] * 1e6, seconds[0] / seconds[1]);
}

/* ---- hard bodies ---- */

static void measure_hard(struct bench *bench, const char *only)
{
    double plain = 0;
    const struct hard_body *body = NULL;
    printf("\n%-28s%10s%12s%10s  notes\n", "body", "bytes", "ns a byte", "x plain");
    for (size_t i = 0; (body = hard_body_at(i)) != NULL; i++) {
        if (i > 0 && strstr(body->name, only) == NULL)
            continue;
        struct hard_text text = hard_make(body, HARD);
        double seconds = best(bench, tt_span_of(text.bytes, text.len), 3);
        double each = seconds / (double)text.len;
        plain = i == 0 ? each : plain;
        printf("%-28s%10zu%12.1f%10.1f %s\n", body->name, text.len, each * 1e9, each / plain,
               bench->notes);
        free(text.bytes);
    }
}

int main(int argc, char **argv)
{
    struct tt_error error = {.code = TT_OK};
    struct bench bench = {.flow = {.id = 1, .initiator_known = true}};
    bench.sink = (struct tt_search_sink){.context = &bench,
                                         .hit = on_hit,
                                         .account = on_account,
                                         .searched = on_searched,
                                         .notes = {.context = &bench, .note = on_note}};
    check(tt_sheet_parse(tt_span_str(sheet_text), "bench.yaml", &bench.sheet, &error));
    check(tt_matcher_new(tt_sheet_subject(bench.sheet), &bench.matcher, &error));
    measure_layers(&bench);
    measure_hard(&bench, argc > 1 ? argv[1] : "");
    tt_matcher_free(bench.matcher);
    tt_sheet_free(bench.sheet);
    return 0;
}
