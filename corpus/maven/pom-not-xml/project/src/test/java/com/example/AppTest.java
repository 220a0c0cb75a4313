package com.example;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class AppTest {
    @Test
    public void cents() {
        assertEquals(1230, App.cents("12.30"));
    }
}
