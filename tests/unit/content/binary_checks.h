/* Checks for the readers of binary formats. As those of recorder.h, but how many bytes were taken
 * when a reader gives up may depend on the cut: what was held of an earlier piece was taken with
 * it. */
#ifndef TEST_CONTENT_BINARY_CHECKS_H
#define TEST_CONTENT_BINARY_CHECKS_H

#include "recorder.h"

/* rec_say without the bytes taken. Free it. */
TT_UNUSED static char *say(const struct tt_decoder *decoder, const struct tt_body *body,
                           struct tt_span input, struct cutting cutting)
{
    char *text = rec_say(decoder, body, input, cutting);
    char *last = strstr(text, "taken ");
    for (char *next = last; next != NULL; next = strstr(next + 1, "taken "))
        last = next;
    if (last != NULL)
        *last = '\0';
    return text;
}

TT_UNUSED static void assert_same(const struct tt_decoder *decoder, const struct tt_body *body,
                                  struct tt_span input, struct cutting cutting,
                                  const char *expected)
{
    char *text = say(decoder, body, input, cutting);
    assert_string_equal(text, expected);
    free(text);
}

TT_UNUSED static void assert_binary_cut_anywhere(const struct tt_decoder *decoder,
                                                 const struct tt_body *body, struct tt_span input)
{
    char *expected = say(decoder, body, input, whole_input);
    assert_same(decoder, body, input, single_bytes, expected);
    for (size_t at = 1; at < input.len; at++)
        assert_same(decoder, body, input, cut_at(at), expected);
    free(expected);
}

TT_UNUSED static void assert_binary_survives_damage(const struct tt_decoder *decoder,
                                                    const struct tt_body *body,
                                                    struct tt_span input)
{
    static const uint8_t masks[] = {0x01, 0x80, 0xff, 0x20};
    uint8_t *damaged = malloc(input.len);
    assert_non_null(damaged);
    for (size_t at = 0; at < input.len * sizeof(masks); at++) {
        memcpy(damaged, input.data, input.len);
        damaged[at / sizeof(masks)] ^= masks[at % sizeof(masks)];
        struct tt_span bytes = tt_span_of(damaged, input.len);
        char *expected = say(decoder, body, bytes, whole_input);
        assert_same(decoder, body, bytes, small_pieces, expected);
        assert_same(decoder, body, bytes, single_bytes, expected);
        free(expected);
    }
    free(damaged);
}

/* The steps at every byte of `needle`, without offsets: "a:b c:d". */
TT_UNUSED static void assert_step(const struct tt_decoder *decoder, const struct tt_body *body,
                                  struct tt_span input, const char *needle, const char *expected)
{
    char **places = rec_places(decoder, body, input, whole_input);
    size_t at = tt_span_search(input, tt_span_str(needle));
    assert_true(at != SIZE_MAX);
    for (size_t i = 0; i < strlen(needle); i++) {
        char plain[TT_PATH_MAX * 2] = "";
        bool inside = false;
        size_t len = 0;
        assert_non_null(places[at + i]);
        for (const char *c = places[at + i] + 1; *c != '\0'; c++) {
            inside = *c == '<' || (inside && *c != '@');
            if ((inside && *c != '<') || *c == ' ')
                plain[len++] = *c;
        }
        assert_string_equal(plain, expected);
    }
    free_places(places, input.len);
}

/* Who claims a body that nobody declared. */
TT_UNUSED static const struct tt_decoder *pick_whole(struct tt_span input)
{
    static const struct tt_body nothing = {0};
    struct tt_span head = tt_span_sub(input, 0, TT_BODY_PROBE_MAX);
    return tt_decoder_pick(&nothing, head, head.len == input.len);
}

#endif
