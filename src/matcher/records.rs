//! Long lists that are read where they lie in the binary: to unpack them would fill memory at each start, and a short log needs few of
//! their entries.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

/// What such a list is made of.
pub trait Record: Copy {
    /// Its bytes; of all entries the same number.
    type Bytes: Copy + Default + AsRef<[u8]> + for<'b> TryFrom<&'b [u8]>;

    /// What is stored.
    fn to_bytes(self) -> Self::Bytes;
    /// What was stored.
    fn from_bytes(bytes: Self::Bytes) -> Self;
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Record for $number {
            type Bytes = [u8; size_of::<$number>()];

            fn to_bytes(self) -> Self::Bytes {
                self.to_le_bytes()
            }
            fn from_bytes(bytes: Self::Bytes) -> Self {
                Self::from_le_bytes(bytes)
            }
        }
    )+};
}

numbers!(u8, u32, u64);

/// A list of records.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Records<R> {
    #[serde(borrow)]
    bytes: Cow<'static, [u8]>,
    of: PhantomData<R>,
}

impl<R: Record> Records<R> {
    const SIZE: usize = size_of::<R::Bytes>();

    /// The record at this place.
    #[inline]
    pub fn get(&self, place: usize) -> Option<R> {
        let bytes = self.bytes.get(Self::SIZE * place..)?.get(..Self::SIZE)?;
        R::Bytes::try_from(bytes).ok().map(R::from_bytes)
    }

    /// Those in the range, as far as there are any.
    pub fn range(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = R> {
        range.map_while(|place| self.get(place))
    }
}

impl<R: Record> FromIterator<R> for Records<R> {
    fn from_iter<I: IntoIterator<Item = R>>(records: I) -> Self {
        let mut bytes = Vec::new();
        for record in records {
            bytes.extend_from_slice(record.to_bytes().as_ref());
        }
        Records { bytes: Cow::Owned(bytes), of: PhantomData }
    }
}

impl<R: Record> Default for Records<R> {
    fn default() -> Self {
        Records::from_iter([])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_and_read_again_they_are_the_same_and_stay_where_they_are() {
        let numbers: Records<u32> = [7, 0, u32::MAX].into_iter().collect();
        let stored: &'static [u8] = postcard::to_allocvec(&numbers).unwrap().leak();
        let read: Records<u32> = postcard::from_bytes(stored).unwrap();
        assert_eq!((0..4).map(|place| read.get(place)).collect::<Vec<_>>(), [Some(7), Some(0), Some(u32::MAX), None]);
        assert_eq!(read.range(1..9).collect::<Vec<_>>(), [0, u32::MAX]);
        assert_eq!(read.get(usize::MAX / 8), None);
        assert!(matches!(read.bytes, Cow::Borrowed(_)), "it was copied");
        assert!(postcard::from_bytes::<Records<u32>>(&stored[..stored.len() - 1]).is_err());
    }
}
