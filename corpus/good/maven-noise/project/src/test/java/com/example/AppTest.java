package com.example;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class AppTest {
    @Test
    public void connectionRefusedIsLogged() {
        System.out.println("[ERROR] Connection to db:5432 refused. Check that the hostname and port are correct");
        new IllegalStateException("Could not resolve dependencies (expected)").printStackTrace();
    }

    @Test
    public void cents() {
        assertEquals(1230, App.cents("12.30"));
    }
}
