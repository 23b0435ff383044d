/* SPDX-License-Identifier: Apache-2.0 */
/* Computing the fields of base:dnsobs. */
#include "message/computed/dnsobs.h"

#include "message/index.h"

nm_status
nm_dnsobs_response(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    enum { RESPONSE = 7 };
    (void)scratch;
    return nm_fields_stored(fields, RESPONSE, out) ? NM_OK : NM_END;
}
