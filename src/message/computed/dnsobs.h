/* SPDX-License-Identifier: Apache-2.0 */
/* Computed fields of base:dnsobs. */
#ifndef NM_MESSAGE_COMPUTED_DNSOBS_H
#define NM_MESSAGE_COMPUTED_DNSOBS_H

#include "message/schema.h"

/** The stored response, to be shown in another form. */
nm_compute nm_dnsobs_response;

#endif
