/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling. The random numbers are SplitMix64: good enough to choose by, not to keep secrets. */
#include "filter/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/real.h"

static const char COUNT[] = "count=";
static const char RANDOM[] = "random=";

/* What follows `name` in `text`; NULL when it begins otherwise. */
static const char *
after(const char *text, const char *name)
{
    for (; *name != '\0'; name++, text++) {
        if (nm_ascii_lower((uint8_t)*text) != (uint8_t)*name) {
            return NULL;
        }
    }
    return text;
}

static bool
parse_count(const char *text, uint64_t *out)
{
    char *end = NULL;
    if (!nm_ascii_is_digit((uint8_t)text[0])) {
        return false;
    }
    unsigned long long value = strtoull(text, &end, 0);
    bool is_whole =
        *end == '\0' && value < UINT64_MAX; /* The largest also stands for "too large". */
    *out = value;
    return is_whole && value > 0;
}

static bool
parse_probability(const char *text, double *out)
{
    return nm_real_parse(nm_span_of(text, strlen(text)), out) && *out >= 0.0 && *out <= 1.0;
}

nm_status
nm_sample_parse(const char *parameters, uint64_t seed, nm_sample *out, nm_error *err)
{
    nm_sample sample = {.state = seed};
    if (parameters == NULL) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "count=N or random=P is missing");
    }
    const char *every = after(parameters, COUNT);
    const char *probability = after(parameters, RANDOM);
    if (every != NULL) {
        if (!parse_count(every, &sample.every)) {
            return nm_error_set(err, NM_E_ARGUMENT, 0, "count=%s: not a number from 1 on", every);
        }
    } else if (probability != NULL) {
        if (!parse_probability(probability, &sample.probability)) {
            return nm_error_set(err, NM_E_ARGUMENT, 0, "random=%s: not a number from 0 to 1",
                                probability);
        }
    } else {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "'%s' is neither count=N nor random=P",
                            parameters);
    }
    *out = sample;
    return NM_OK;
}

/* A number from 0 up to, but not including, 1. */
static double
next_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15U;
    uint64_t x = *state;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    x ^= x >> 31;
    return (double)(x >> 11) * 0x1p-53;
}

bool
nm_sample_takes(nm_sample *sample)
{
    if (sample->every == 0) {
        return next_random(&sample->state) < sample->probability;
    }
    sample->seen++;
    if (sample->seen < sample->every) {
        return false;
    }
    sample->seen = 0;
    return true;
}
