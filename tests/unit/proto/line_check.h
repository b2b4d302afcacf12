/* For the conversations in lines: what must stand in the log, in any cut and with any gap. */
#ifndef TEST_PROTO_LINE_CHECK_H
#define TEST_PROTO_LINE_CHECK_H

#include "model/limits.h"
#include "proto/list.h"
#include "recorder.h"

/* Plays it whole, looks for each of the texts in the log (the last one is NULL), and then plays it
 * in every cut. */
static inline void check_lines(const struct tt_proto *proto, uint16_t port,
                               const struct turn *turns, size_t count, const char *const *texts)
{
    struct recorder *rec = play(proto, port, turns, count, (struct cut){0});
    for (; *texts != NULL; texts++)
        if (!rec_has(rec, *texts))
            fail_msg("not found: %s\n%s", *texts, rec_log(rec));
    assert_int_equal(rec->note_count, 0);
    play_cuts(proto, port, turns, count, rec_log(rec));
    rec_free(rec);
}

#define CHECK_LINES(proto, port, turns, ...)                                                       \
    check_lines((proto), (port), (turns), COUNT(turns), (const char *const[]){__VA_ARGS__, NULL})

/* What `proto` says of the first bytes of a direction. */
static inline enum tt_probe probe_text(const struct tt_proto *proto, uint16_t port,
                                       const char *text)
{
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, port);
    struct flush flush = flush_make(tt_span_str(text));
    enum tt_probe answer = proto->probe(&flow, TT_FROM_RESPONDER, flush.span);
    flush_free(&flush);
    return answer;
}

/* A line longer than the cap is searched raw, and the next one is read. */
static inline void check_long_line(const struct tt_proto *proto, uint16_t port, const char *next,
                                   const char *note, const char *found)
{
    enum { LONG = TT_LINE_MAX + 5 };
    char *text = malloc(LONG + 64);
    assert_non_null(text);
    memset(text, 'x', LONG);
    text[LONG] = '\n';
    strcpy(text + LONG + 1, next);
    const struct turn turns[] = {{.direction = TT_FROM_INITIATOR, .bytes = tt_span_str(text)}};
    for (size_t every = 0; every <= 4000; every += 1000) {
        struct recorder *rec = play(proto, port, turns, 1, (struct cut){.every = every});
        assert_true(rec_noted(rec, note));
        assert_true(rec_has(rec, found));
        assert_true(rec_has(rec, "0 raw @0 \"xxx"));
        rec_free(rec);
    }
    free(text);
}

/* Is `code` noted, in any cut? */
static inline void check_noted(const struct tt_proto *proto, uint16_t port,
                               const struct turn *turns, size_t count, const char *code,
                               bool expected)
{
    for (size_t every = 0; every < 6; every++) {
        struct recorder *rec = play(proto, port, turns, count, (struct cut){.every = every});
        assert_int_equal(rec_noted(rec, code), expected);
        rec_free(rec);
    }
}

#define CHECK_NOTED(proto, port, code, expected, ...)                                              \
    do {                                                                                           \
        const struct turn noted_turns[] = {__VA_ARGS__};                                           \
        check_noted((proto), (port), noted_turns, COUNT(noted_turns), (code), (expected));         \
    } while (0)

#endif
