/* SPDX-License-Identifier: Apache-2.0 */
/* Giving messages header fields in place of their own. */
#ifndef NM_MESSAGE_HEADER_CHANGE_H
#define NM_MESSAGE_HEADER_CHANGE_H

#include "wire/payload.h"

/** What a header gets; a zero leaves the field as it is. */
typedef struct nm_header_change {
    uint32_t source;
    uint32_t operator;
    uint32_t group;
} nm_header_change;

/** Change a header. */
static inline void
nm_header_change_apply(const nm_header_change *change, nm_payload *payload)
{
    if (change->source != 0 || change->operator != 0 || change->group != 0) {
        payload->record = nm_span_of(NULL, 0);
    }
    if (change->source != 0) {
        payload->source = change->source;
        payload->has |= NM_HAS_SOURCE;
    }
    if (change->operator != 0) {
        payload->operator = change->operator;
        payload->has |= NM_HAS_OPERATOR;
    }
    if (change->group != 0) {
        payload->group = change->group;
        payload->has |= NM_HAS_GROUP;
    }
}

#endif
