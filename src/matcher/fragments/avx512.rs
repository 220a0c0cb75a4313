//! The search for fragments on processors with AVX-512: 64 places at a time, and what else is done with registers of 64 bytes.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi16, _mm512_and_si512, _mm512_castsi512_si256, _mm512_cvtepu8_epi16,
    _mm512_extracti64x4_epi64, _mm512_gf2p8affine_epi64_epi8, _mm512_loadu_si512, _mm512_maskz_compress_epi8,
    _mm512_maskz_compress_epi16, _mm512_permutexvar_epi8, _mm512_set_epi64, _mm512_set1_epi16, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_storeu_si512, _mm512_ternarylogic_epi64, _mm512_test_epi8_mask,
};

use super::{BEHIND, ENTRIES, EXACT, EXACT_FROM, EXACT_SETS, FRAGMENT, Found, STRIPE, Tables};

/// Has the processor what is used here and by who uses it? All of them came with Intel's Ice Lake and AMD's Zen 4.
#[inline]
pub fn is_known() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("avx512bitalg")
        && is_x86_feature_detected!("gfni")
        && super::avx2::is_known()
}

/// As [`super::Tables::places`].
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
#[inline]
pub fn places(tables: &Tables, bytes: &[u8; STRIPE + BEHIND], strides: usize) -> Found {
    let groups = strides.div_ceil(2).min(STRIPE / 64);
    let of = |set: usize, place: usize| bytes_at(&tables.masks, EXACT_FROM + EXACT * set + ENTRIES * place);
    let of_set = |set: usize| [of(set, 0), of(set, 1), of(set, 2), of(set, 3), of(set, 4), of(set, 5)];
    let sets: [_; EXACT_SETS] = [of_set(0), of_set(1), of_set(2)];
    let mut found = [0; STRIPE / 64];
    for (number, found) in found.iter_mut().enumerate().take(groups) {
        let entries_at = |place: usize| entries(bytes_at(bytes, 64 * number + place));
        let [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(entries_at);
        let buckets = |[first, second, third, fourth, fifth, sixth]: [__m512i; FRAGMENT]| {
            const ALL: i32 = 0x80;
            let known = |table: __m512i, entry: __m512i| _mm512_permutexvar_epi8(entry, table);
            let three = _mm512_ternarylogic_epi64::<ALL>(known(first, a), known(second, b), known(third, c));
            let others = _mm512_ternarylogic_epi64::<ALL>(known(fourth, d), known(fifth, e), known(sixth, f));
            _mm512_and_si512(three, others)
        };
        const ANY: i32 = 0xfe;
        let [first, second, third] = sets;
        let any = _mm512_ternarylogic_epi64::<ANY>(buckets(first), buckets(second), buckets(third));
        *found = _mm512_test_epi8_mask(any, any);
    }
    found
}

/// Of each byte, [the entry](super::entry) in the low six bits.
#[target_feature(enable = "avx512f,gfni")]
#[inline]
fn entries(bytes: __m512i) -> __m512i {
    // From the highest byte on: of which bits of a byte the bits 0 to 7 of the answer are the sum.
    const BITS: u64 = 0x0102_0408_1040_0000;
    _mm512_gf2p8affine_epi64_epi8::<0>(bytes, _mm512_set1_epi64(BITS.cast_signed()))
}

/// The 64 bytes from `at` on; zeros if there are not as many.
#[target_feature(enable = "avx512f")]
#[inline]
pub fn bytes_at<const BYTES: usize>(bytes: &[u8; BYTES], at: usize) -> __m512i {
    let Some(part) = bytes.get(at..).and_then(|rest| rest.first_chunk::<64>()) else {
        return _mm512_setzero_si512();
    };
    // SAFETY: 64 bytes are read, which the reference holds; any bytes are a value.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_loadu_si512(part.as_ptr().cast())
    }
}

/// Writes which of 64 places, the first of which is `from`, are found: 32 of them into `low` and the others, where there are more, into `high`.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
#[inline]
pub fn write_places(found: u64, from: u16, low: &mut [u16; 32], high: Option<&mut [u16; 32]>) {
    let numbers: [u8; 64] = std::array::from_fn(|number| number as u8);
    let places = _mm512_maskz_compress_epi8(found, bytes_at(&numbers, 0));
    let from = _mm512_set1_epi16(from.cast_signed());
    store(low, _mm512_add_epi16(from, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(places))));
    if found.count_ones() > 32
        && let Some(high) = high
    {
        store(high, _mm512_add_epi16(from, _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(places))));
    }
}

/// Keeps of 64 places those that have a bit, from the first on. Gives how many.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
#[inline]
pub fn keep_places(places: &mut [u16; 64], kept: u64) -> usize {
    let ([low, high], _) = places.as_chunks::<32>() else { return 0 };
    let (of_low, of_high) = (kept as u32, (kept >> 32) as u32);
    let (low, high) =
        (_mm512_maskz_compress_epi16(of_low, load(low)), _mm512_maskz_compress_epi16(of_high, load(high)));
    for (from, some) in [(0, low), (of_low.count_ones() as usize, high)] {
        if let Some(to) = places.get_mut(from..).and_then(|rest| rest.first_chunk_mut()) {
            store(to, some);
        }
    }
    kept.count_ones() as usize
}

/// Reads 32 numbers.
#[target_feature(enable = "avx512f")]
#[inline]
fn load(numbers: &[u16; 32]) -> __m512i {
    // SAFETY: 64 bytes are read, which the reference holds; any bytes are a value.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_loadu_si512(numbers.as_ptr().cast())
    }
}

/// Writes 32 numbers.
#[target_feature(enable = "avx512f")]
#[inline]
fn store(numbers: &mut [u16; 32], values: __m512i) {
    // SAFETY: 64 bytes are written, which the reference holds; any bytes are numbers.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_storeu_si512(numbers.as_mut_ptr().cast(), values);
    }
}

/// Writes eight numbers.
#[target_feature(enable = "avx512f")]
#[inline]
pub fn store_words(words: &mut [u64; 8], values: __m512i) {
    // SAFETY: 64 bytes are written, which the reference holds; any bytes are numbers.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_storeu_si512(words.as_mut_ptr().cast(), values);
    }
}

/// Reads eight numbers.
#[target_feature(enable = "avx512f")]
#[inline]
pub fn load_words(words: &[u64; 8]) -> __m512i {
    // SAFETY: 64 bytes are read, which the reference holds; any bytes are a value.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_loadu_si512(words.as_ptr().cast())
    }
}

/// Eight numbers, each from where it lies. The compiler puts them together in pairs: processors have an instruction for all at once, but many
/// take longer for it.
#[target_feature(enable = "avx512f")]
#[inline]
pub fn words(words: [u64; 8]) -> __m512i {
    let [a, b, c, d, e, f, g, h] = words.map(u64::cast_signed);
    _mm512_set_epi64(h, g, f, e, d, c, b, a)
}
