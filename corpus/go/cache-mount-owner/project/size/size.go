package size

// Limit is in bytes.
const Limit = 1 << 20
