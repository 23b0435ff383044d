/* SPDX-License-Identifier: Apache-2.0 */
/* EDNS options (RFC 6891 section 6.1.2). Only files of this folder use this. */
#ifndef NM_DNS_EDNS_H
#define NM_DNS_EDNS_H

#include "dns/field.h"

/** Append the text of the next option, which is passed. After an error nothing is left. */
nm_dns_field_error nm_dns_option_format(nm_writer *w, nm_cursor *c);

/** Read options, separated by newlines, up to the end of the text. */
bool nm_dns_options_parse(nm_dns_text *t);

#endif
