//! One profile becomes one customer and its findings. Pure: no file, no socket, no clock.
