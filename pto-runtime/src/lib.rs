//! A ring-buffer task runtime for kernel orchestration.
