/* SPDX-License-Identifier: Apache-2.0 */
#include "io/null_input.h"

#include "check.h"

#define RECORD(n) 0x0a, 13, 0x08, 1, 0x10, 99, 0x18, 1, 0x25, 0, 0, 0, 0, 0x38, (n)

static void
containers_in_memory_are_decoded(void)
{
    static const uint8_t two[] = {'N', 'M', 'S', 'G', 0, 2, 0, 0, 0, 30, RECORD(1), RECORD(2)};
    nm_null_input *in = NULL;
    const nm_message *message = NULL;
    CHECK_EQ(nm_null_input_open(&nm_limits_default, &in, NULL), NM_OK);
    CHECK_EQ(nm_null_input_take(in, &message), NM_END);
    CHECK_EQ(nm_null_input_decode(in, nm_span_of(two, sizeof two), 0, NULL), NM_OK);
    CHECK_EQ(nm_null_input_take(in, &message), NM_OK);
    CHECK_EQ(message->payload.source, 1);
    CHECK_EQ(nm_null_input_take(in, &message), NM_OK);
    CHECK_EQ(message->payload.source, 2);
    CHECK_EQ(nm_null_input_take(in, &message), NM_END);
    /* One octet less is no container; nothing of the one before comes out again. */
    CHECK_EQ(nm_null_input_decode(in, nm_span_of(two, sizeof two - 1), 0, NULL), NM_E_LENGTH);
    CHECK_EQ(nm_null_input_take(in, &message), NM_END);
    nm_null_input_free(in);
}

CHECK_MAIN(CHECK_TEST(containers_in_memory_are_decoded))
