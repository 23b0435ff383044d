/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of messages, see stage.h. All lie in one buffer, each as its index and its octets. */
#include "stage.h"

#include "message.h"

enum {
    OCTETS_MAX = 1 << 20, /* A stage with so many is full; a buffer that is larger is not kept. */
    ALIGN = sizeof(nm_slot),
};

/* Where a message lies. */
typedef struct staged {
    nm_payload payload; /* Its data points nowhere, for the buffer moves when it grows. */
    const nm_schema *schema;
    size_t offset;
} staged;

struct nmpy_stage {
    size_t max;
    size_t count;
    bool has_failed;
    nm_buffer octets;
    const nmpy_schema *last_schema; /* Of the message last made an object. */
    staged messages[NMPY_STAGE_MAX];
};

nmpy_stage *
nmpy_stage_new(void)
{
    nmpy_stage *stage = PyMem_Malloc(sizeof *stage);
    if (stage == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    stage->last_schema = NULL;
    nm_buffer_init(&stage->octets, SIZE_MAX / 2, &nm_allocator_heap);
    nmpy_stage_begin(stage, 0);
    return stage;
}

void
nmpy_stage_free(nmpy_stage *stage)
{
    if (stage != NULL) {
        nm_buffer_clear(&stage->octets);
        PyMem_Free(stage);
    }
}

void
nmpy_stage_begin(nmpy_stage *stage, size_t max)
{
    stage->max = max;
    stage->count = 0;
    stage->has_failed = false;
    stage->octets.len = 0;
    if (stage->octets.cap > 2 * OCTETS_MAX) {
        nm_buffer_clear(&stage->octets);
    }
}

static size_t
slots_len(const nm_schema *schema)
{
    return schema != NULL ? schema->field_count * sizeof(nm_slot) : 0;
}

bool
nmpy_stage_add(void *context, const nm_message *message)
{
    nmpy_stage *stage = context;
    size_t slots = slots_len(message->schema);
    nm_span data = message->payload.data;
    size_t room = slots + data.len + ALIGN; /* Containers are limited: no overflow. */
    if (nm_buffer_reserve(&stage->octets, room) != NM_OK) {
        stage->has_failed = true;
        return false;
    }
    staged *s = &stage->messages[stage->count++];
    uint8_t *to = stage->octets.data + stage->octets.len;
    s->payload = message->payload;
    s->schema = message->schema;
    s->offset = stage->octets.len;
    memcpy(to, message->slots, slots);
    if (data.len > 0) {
        memcpy(to + slots, data.data, data.len);
    }
    stage->octets.len += (slots + data.len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    return !nmpy_stage_is_full(stage);
}

bool
nmpy_stage_is_full(const nmpy_stage *stage)
{
    return stage->count >= stage->max || stage->octets.len >= OCTETS_MAX || stage->has_failed;
}

size_t
nmpy_stage_count(const nmpy_stage *stage)
{
    return stage->count;
}

bool
nmpy_stage_has_failed(const nmpy_stage *stage)
{
    return stage->has_failed;
}

PyObject *
nmpy_stage_object(nmpy_stage *stage, size_t i, nmpy_state *state, bool strings_are_bytes)
{
    const staged *s = &stage->messages[i];
    const uint8_t *octets = stage->octets.data + s->offset;
    size_t slots = slots_len(s->schema);
    nm_payload payload = s->payload;
    payload.data = nm_span_of(octets + slots, s->payload.data.len);
    if (stage->last_schema == NULL || stage->last_schema->schema != s->schema) {
        stage->last_schema = nmpy_schema_find(state, s->schema);
    }
    nmpy_parts parts = {
        .schema = s->schema != NULL ? stage->last_schema : NULL,
        .payload = &payload,
        .slots = (const nm_slot *)(const void *)octets, /* Aligned, see nmpy_stage_add(). */
        .strings_are_bytes = strings_are_bytes,
    };
    return nmpy_message_of_parts(state, &parts);
}
