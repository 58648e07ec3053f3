//! The graticule layout: time partitions, Hilbert order inside, fixed-point coordinates.
