/* For tests of forms: streams, and what is found in them at any cut. */
#ifndef TEST_IDENTIFY_SAMPLES_H
#define TEST_IDENTIFY_SAMPLES_H

#include "base/compiler.h"
#include "identify/matches.h"

struct sample {
    const char *stream;
    size_t len;           /* 0: strlen */
    const char *expected; /* what find_all_cuts lists; "" for nothing */
};

static inline void run(const char *yaml, const struct sample *samples, size_t count)
{
    struct finder finder = finder_of(yaml);
    for (size_t i = 0; i < count; i++) {
        size_t len = samples[i].len > 0 ? samples[i].len : strlen(samples[i].stream);
        const char *found = find_all_cuts(&finder, tt_span_of(samples[i].stream, len));
        if (strcmp(found, samples[i].expected) != 0)
            print_error("sample %zu \"%s\"\n", i, samples[i].stream);
        assert_string_equal(found, samples[i].expected);
    }
    finder_free(&finder);
}

#define RUN(yaml, samples) run(yaml, samples, TT_ARRAY_LEN(samples))

#endif
