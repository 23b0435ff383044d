/* SPDX-License-Identifier: Apache-2.0 */
/* The rules by which streams are split into containers (docs/format.md, sections 5 and 6), written
 * down a second time and as plainly as possible, to hold the builder against. */
#ifndef NM_TESTS_UNIT_WIRE_BUILDER_MODEL_H
#define NM_TESTS_UNIT_WIRE_BUILDER_MODEL_H

#include "octets.h"
#include "wire/builder.h"
#include "wire/container.h"

/** Writer of uncompressed containers. Start with the first members set, the others zero. */
typedef struct model {
    size_t bufsz;
    bool has_sequence;
    uint64_t sequence_id;

    size_t est;      /**< 0 before the first payload. */
    octets payloads; /**< Of the container being filled. */
    octets crcs;
    uint32_t sequence;
    octets bodies[2000];
    bool is_overfull[2000]; /**< Goes the way of fragments. */
    size_t body_count;
} model;

/** The record of a payload whose message is `data`. */
static inline void
model_put_record(octets *o, const nm_payload *p, nm_span data)
{
    octets_number(o, 1, p->vendor);
    octets_number(o, 2, p->type);
    octets_number(o, 3, (uint64_t)p->time_sec);
    octets_fixed32(o, 4, p->time_nsec);
    if ((p->has & NM_HAS_DATA) != 0) {
        octets_bytes(o, 5, data);
    }
    if ((p->has & NM_HAS_SOURCE) != 0) {
        octets_number(o, 7, p->source);
    }
    if ((p->has & NM_HAS_OPERATOR) != 0) {
        octets_number(o, 8, p->operator);
    }
    if ((p->has & NM_HAS_GROUP) != 0) {
        octets_number(o, 9, p->group);
    }
}

static inline void
model_flush(model *m, bool is_overfull)
{
    if (m->payloads.len == 0) {
        return;
    }
    octets *body = &m->bodies[m->body_count];
    octets_put_span(body, octets_span(&m->payloads));
    octets_put_span(body, octets_span(&m->crcs));
    if (m->has_sequence) {
        octets_number(body, 3, m->sequence);
        octets_number(body, 4, m->sequence_id);
    }
    m->is_overfull[m->body_count] = is_overfull;
    m->sequence++;
    m->body_count++;
    m->payloads.len = 0;
    m->crcs.len = 0;
    m->est = 10;
}

static inline void
model_add(model *m, const nm_payload *p)
{
    octets head = {0};
    octets record = {0};
    model_put_record(&head, p, nm_span_of(NULL, 0));
    model_put_record(&record, p, p->data);
    size_t size = head.len + p->data.len;
    if (p->data.len >= 128) {
        size++;
    }
    if (p->data.len >= 16384) {
        size++;
    }
    if (m->est == 0) {
        m->est = 10;
    }
    if (m->est != 10 && m->est + size + 32 >= m->bufsz) {
        model_flush(m, false);
    }
    octets_bytes(&m->payloads, 1, octets_span(&record));
    octets_number(&m->crcs, 2, nm_payload_crc(p->data));
    m->est += size + 2 + 6;
    if (size >= 128) {
        m->est++;
    }
    if (size >= 16384) {
        m->est++;
    }
    if (size >= 2097152) {
        m->est++;
    }
    if (m->est + (m->has_sequence ? 18 : 0) > m->bufsz) {
        model_flush(m, true);
    }
    octets_free(&head);
    octets_free(&record);
}

static inline void
model_free(model *m)
{
    for (size_t i = 0; i < m->body_count; i++) {
        octets_free(&m->bodies[i]);
    }
    octets_free(&m->payloads);
    octets_free(&m->crcs);
    free(m);
}

static inline model *
model_new(size_t bufsz, bool has_sequence, uint64_t sequence_id)
{
    model *m = calloc(1, sizeof *m);
    if (m == NULL) {
        abort();
    }
    m->bufsz = bufsz;
    m->has_sequence = has_sequence;
    m->sequence_id = sequence_id;
    return m;
}

#endif
