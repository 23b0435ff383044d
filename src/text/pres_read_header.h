/* SPDX-License-Identifier: Apache-2.0 */
/* The header line of a record in presentation text. */
#ifndef NM_TEXT_PRES_READ_HEADER_H
#define NM_TEXT_PRES_READ_HEADER_H

#include "message/alias.h"
#include "wire/payload.h"

/** Read the header that `text` starts with: "[size] [time] [vid:type vname mname] [source]
 *  [operator] [group]". Size and names of the type are not used.
 *  @param aliases  Numbers of named operators and groups; unknown names count as absent.
 *  @param out      Everything but its data; written on success only.
 *  @return Octets of the header, 0 if there is none. */
size_t nm_pres_header_parse(nm_span text, const nm_aliases *aliases, nm_payload *out);

#endif
