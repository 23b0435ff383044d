/* SPDX-License-Identifier: Apache-2.0 */
/* A decoder without a transport. */
#include "io/null_input.h"

#include <stdlib.h>

#include "io/wait.h"
#include "wire/decoder.h"

struct nm_null_input {
    nm_decoder *decoder;
    const nm_container *container;
    size_t next;
    nm_message message;
};

nm_status
nm_null_input_open(const nm_limits *limits, nm_null_input **out, nm_error *err)
{
    uint64_t seed = 0;
    nm_status status = nm_random_u64(&seed, err);
    if (status != NM_OK) {
        return status;
    }
    nm_null_input *in = calloc(1, sizeof *in);
    if (in != NULL) {
        in->decoder = nm_decoder_new(limits, seed, &nm_allocator_heap);
    }
    if (in == NULL || in->decoder == NULL) {
        free(in);
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for an input");
    }
    *out = in;
    return NM_OK;
}

void
nm_null_input_free(nm_null_input *in)
{
    if (in != NULL) {
        nm_decoder_free(in->decoder);
        free(in);
    }
}

nm_status
nm_null_input_decode(nm_null_input *in, nm_span octets, int64_t now_sec, nm_error *err)
{
    nm_arrival arrival = {.now_sec = now_sec};
    in->container = NULL;
    in->next = 0;
    nm_status status = nm_decoder_decode(in->decoder, octets, &arrival, &in->container, err);
    return status == NM_AGAIN ? NM_OK : status;
}

nm_status
nm_null_input_take(nm_null_input *in, const nm_message **out)
{
    while (in->container != NULL && in->next < in->container->count) {
        size_t i = in->next++;
        if (nm_container_crc_fits(in->container, i) &&
            nm_message_decode(&in->message, &in->container->payloads[i], /* err= */ NULL) ==
                NM_OK) {
            *out = &in->message;
            return NM_OK;
        }
    }
    return NM_END;
}
