//! The processor at its best: newer instructions where it has them, and memory asked for before it is needed.
#![expect(unsafe_code, reason = "both are chosen by the machine at run time, which no safe code can say")]

/// What [`at_its_best`] runs.
pub(crate) trait Work {
    /// To be `inline(always)`, like all that it calls: what is not inlined is compiled for every processor.
    fn run(self);
}

/// Runs `work` with the counting and shifting instructions of x86-64-v3 where the processor has them.
#[inline]
pub(crate) fn at_its_best(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
    {
        // SAFETY: the processor has every feature that the function is compiled with.
        unsafe { newer(work) };
        return;
    }
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt,lzcnt,bmi1,bmi2")]
fn newer(work: impl Work) {
    work.run();
}

/// Asks for the memory of an element that is read soon. Any place will do, one beyond the end too.
#[inline(always)]
pub fn prefetch<T>(slice: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 has the instruction, and it reads nothing: an address that is none is passed over.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(slice.as_ptr().wrapping_add(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, at);
}
