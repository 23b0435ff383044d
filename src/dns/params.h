/* SPDX-License-Identifier: Apache-2.0 */
/* Service parameters of SVCB and HTTPS records (RFC 9460). Only files of this folder use this. */
#ifndef NM_DNS_PARAMS_H
#define NM_DNS_PARAMS_H

#include "dns/field.h"

/** Append the text of all parameters, each with a space behind it; see nm_dns_rdata_format(). */
nm_dns_field_error nm_dns_params_format(nm_writer *w, nm_cursor *c);

/** True when the parameters fill what is left and their values have the form of their keys. */
bool nm_dns_params_are_valid(nm_cursor *c);

/** Read parameters up to the end of the text. */
bool nm_dns_params_parse(nm_dns_text *t);

#endif
