/* SPDX-License-Identifier: Apache-2.0 */
/* Containers that the caller received by means of its own, and hands over one by one. */
#include <stdlib.h>

#include "io/source.h"

typedef struct handed_source {
    nm_source source;
    nm_span frame;
    bool has_frame;
    nm_source_counts counts;
} handed_source;

static nm_status
handed_give(nm_source *source, nm_span frame)
{
    handed_source *h = (handed_source *)source;
    h->frame = frame;
    h->has_frame = true;
    h->counts.octets += frame.len;
    h->counts.datagrams++;
    return NM_OK;
}

/* Does not wait even if it may: only the caller can bring more. */
static nm_status
handed_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    handed_source *h = (handed_source *)source;
    (void)wait;
    (void)err;
    if (!h->has_frame) {
        return NM_AGAIN;
    }
    h->has_frame = false;
    *out = (nm_frame){.octets = h->frame};
    return NM_OK;
}

static nm_source_counts
handed_counts(nm_source *source)
{
    return ((handed_source *)source)->counts;
}

static int
handed_fileno(nm_source *source)
{
    (void)source;
    return -1;
}

static void
handed_free(nm_source *source)
{
    free(source);
}

static const nm_source_ops handed_ops = {
    .next = handed_next,
    .give = handed_give,
    .counts = handed_counts,
    .fileno = handed_fileno,
    .own_fileno = handed_fileno,
    .free = handed_free,
};

nm_status
nm_handed_source_open(bool is_shared, nm_source **out, nm_error *err)
{
    handed_source *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for an input");
    }
    h->source = (nm_source){.ops = &handed_ops, .counts_sequence = true, .is_shared = is_shared};
    *out = &h->source;
    return NM_OK;
}
