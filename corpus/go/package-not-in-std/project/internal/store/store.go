package store

const Name = "memory"
