/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C (Castagnoli, RFC 3720 section 12.1), by the processor's instruction where it has one. */
#ifndef NM_BASE_CRC32C_H
#define NM_BASE_CRC32C_H

#include "base/span.h"

/** CRC-32C of `in`: reflected polynomial 0x82F63B78, initial value and final xor 0xFFFFFFFF.
 *  The check value, for the octets "123456789", is 0xE3069283. */
uint32_t nm_crc32c(nm_span in);

/** The same by tables alone: what nm_crc32c() uses on processors without the instruction.
 *  In the header so that a test can hold the two against each other. */
uint32_t nm_crc32c_portable(nm_span in);

#endif
