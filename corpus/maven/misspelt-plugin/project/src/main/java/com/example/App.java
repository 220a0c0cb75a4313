package com.example;

public class App {
    static long cents(String amount) {
        return Math.round(Double.parseDouble(amount) * 100);
    }

    public static void main(String[] args) {
        System.out.println(cents("12.30"));
    }
}
