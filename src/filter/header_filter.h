/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing messages by their header. */
#ifndef NM_FILTER_HEADER_FILTER_H
#define NM_FILTER_HEADER_FILTER_H

#include "wire/payload.h"

/** What a message must have; zeros mean "any" (docs/format.md, section 9). */
typedef struct nm_header_filter {
    uint32_t vendor; /**< Looked at together with `type`; both 0: any type. */
    uint32_t type;
    uint32_t source;
    uint32_t operator;
    uint32_t group;
} nm_header_filter;

/** True when the message passes. A field that it lacks counts as 0. */
static inline bool
nm_header_filter_passes(const nm_header_filter *filter, const nm_payload *payload)
{
    if ((filter->vendor != 0 || filter->type != 0) &&
        (payload->vendor != filter->vendor || payload->type != filter->type)) {
        return false;
    }
    return (filter->source == 0 || payload->source == filter->source) &&
           (filter->operator == 0 || payload->operator == filter->operator) &&
           (filter->group == 0 || payload->group == filter->group);
}

#endif
