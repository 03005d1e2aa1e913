// CRC32C (Castagnoli, reflected polynomial 0x82F63B78), as iSCSI (RFC 3720) and ext4 use it.
#include "cplatform.h"

#include <string.h>

static uint32_t tables[8][256];

__attribute__((constructor)) static void make_tables(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1)));
        tables[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int table = 1; table < 8; table++)
            tables[table][byte] = (tables[table - 1][byte] >> 8) ^ tables[0][tables[table - 1][byte] & 0xFF];
}

uint32_t cplatform_crc32c_software(uint32_t seed, const void *bytes, size_t length) {
    const unsigned char *at = bytes;
    uint32_t crc = ~seed;
    for (; length >= 8; at += 8, length -= 8) {
        uint32_t low = crc ^ ((uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24);
        crc = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^ tables[5][(low >> 16) & 0xFF]
            ^ tables[4][low >> 24] ^ tables[3][at[4]] ^ tables[2][at[5]] ^ tables[1][at[6]] ^ tables[0][at[7]];
    }
    for (; length > 0; at++, length--) crc = (crc >> 8) ^ tables[0][(crc ^ *at) & 0xFF];
    return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

static int has_instruction;
__attribute__((constructor)) static void look_for_instruction(void) {
    __builtin_cpu_init();
    has_instruction = __builtin_cpu_supports("sse4.2") != 0;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_instruction(uint32_t seed, const void *bytes, size_t length) {
    const unsigned char *at = bytes;
    uint64_t crc = ~seed & 0xFFFFFFFFu;
    for (; length >= 8; at += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    for (; length > 0; at++, length--) crc = _mm_crc32_u8((uint32_t)crc, *at);
    return ~(uint32_t)crc;
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static const int has_instruction = 1;
static uint32_t crc32c_instruction(uint32_t seed, const void *bytes, size_t length) {
    const unsigned char *at = bytes;
    uint32_t crc = ~seed;
    for (; length >= 8; at += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        crc = __crc32cd(crc, word);
    }
    for (; length > 0; at++, length--) crc = __crc32cb(crc, *at);
    return ~crc;
}
#else
static const int has_instruction = 0;
static uint32_t crc32c_instruction(uint32_t seed, const void *bytes, size_t length) {
    return cplatform_crc32c_software(seed, bytes, length);
}
#endif

uint32_t cplatform_crc32c(uint32_t seed, const void *bytes, size_t length) {
    return has_instruction ? crc32c_instruction(seed, bytes, length)
                           : cplatform_crc32c_software(seed, bytes, length);
}

int cplatform_crc32c_is_hardware(void) { return has_instruction; }
