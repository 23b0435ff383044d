/* SPDX-License-Identifier: Apache-2.0 */
/* One container at a time, and what is known of those before it: fragments, sequence numbers. */
#include "wire/decoder.h"

#include "wire/fragment.h"
#include "wire/sequence.h"
#include "wire/unpacker.h"

struct nm_decoder {
    nm_unpacker unpacker;
    const nm_allocator *allocator;
    uint64_t seed;
    nm_container container;
    nm_buffer inflated;
    nm_buffer joined;
    nm_reassembler *reassembler; /* These two are made when first needed. */
    nm_sequence_table *sequences;
    nm_decoder_counts counts;
};

nm_decoder *
nm_decoder_new(const nm_limits *limits, uint64_t seed, const nm_allocator *allocator)
{
    nm_decoder *d = nm_allocator_zeroed(allocator, sizeof *d);
    if (d != NULL) {
        nm_unpacker_init(&d->unpacker, limits, allocator);
        d->allocator = allocator;
        d->seed = seed;
        nm_container_init(&d->container, allocator);
        nm_buffer_init(&d->inflated, limits->inflated_len + 1, allocator);
        nm_buffer_init(&d->joined, limits->container_len, allocator);
    }
    return d;
}

void
nm_decoder_free(nm_decoder *d)
{
    if (d != NULL) {
        nm_container_clear(&d->container);
        nm_buffer_clear(&d->inflated);
        nm_buffer_clear(&d->joined);
        nm_unpacker_clear(&d->unpacker);
        nm_reassembler_free(d->reassembler);
        nm_sequence_table_free(d->sequences);
        nm_allocator_release(d->allocator, d);
    }
}

nm_decoder_counts
nm_decoder_counts_get(const nm_decoder *d)
{
    nm_decoder_counts counts = d->counts;
    counts.fragments_lost = d->reassembler != NULL ? nm_reassembler_lost(d->reassembler) : 0;
    return counts;
}

static nm_status
out_of_memory(nm_error *err)
{
    return nm_error_set(err, NM_E_NOMEM, 0, "no memory for decoding a container");
}

/* Keep a fragment; NM_OK when its set is complete and lies in d->joined. */
static nm_status
add_fragment(nm_decoder *d, nm_span body, const nm_arrival *arrival, nm_error *err)
{
    nm_fragment fragment;
    nm_status status = nm_fragment_decode(body, &fragment, err);
    if (status != NM_OK) {
        return status;
    }
    if (d->reassembler == NULL) {
        d->reassembler = nm_reassembler_new(&d->unpacker.limits, d->seed, d->allocator);
    }
    if (d->reassembler == NULL) {
        return out_of_memory(err);
    }
    return nm_reassembler_add(d->reassembler, &fragment, &arrival->sender, arrival->now_sec,
                              &d->joined, err);
}

static nm_status
note_sequence(nm_decoder *d, const nm_container *container, const nm_arrival *arrival,
              nm_error *err)
{
    if (d->sequences == NULL) {
        d->sequences =
            nm_sequence_table_new(d->unpacker.limits.sequence_sources, d->seed, d->allocator);
    }
    uint32_t missing = 0;
    if (d->sequences == NULL ||
        nm_sequence_table_note(d->sequences, container->sequence_id, container->sequence,
                               &arrival->sender, arrival->now_sec, &missing) != NM_OK) {
        return out_of_memory(err);
    }
    d->counts.sequence_lost += missing;
    return NM_OK;
}

nm_status
nm_decoder_note(nm_decoder *d, const nm_container *container, const nm_arrival *arrival,
                nm_error *err)
{
    nm_status status = NM_OK;
    if (container->has_sequence && arrival->counts_sequence) {
        status = note_sequence(d, container, arrival, err);
    }
    d->counts.containers += status == NM_OK;
    return status;
}

nm_status
nm_decoder_decode(nm_decoder *d, nm_span in, const nm_arrival *arrival, const nm_container **out,
                  nm_error *err)
{
    nm_header header;
    nm_span body;
    nm_status status = nm_unpacker_open(&d->unpacker, in, arrival->accepts_v1, &header, &body, err);
    if (status == NM_OK && (header.flags & NM_FLAG_FRAGMENT) != 0) {
        status = add_fragment(d, body, arrival, err);
        body = nm_buffer_span(&d->joined);
    }
    if (status == NM_OK) {
        status =
            nm_unpacker_decode(&d->unpacker, header.flags, body, &d->inflated, &d->container, err);
    }
    if (status == NM_OK) {
        status = nm_decoder_note(d, &d->container, arrival, err);
    }
    if (status == NM_OK) {
        *out = &d->container;
    }
    return status;
}
