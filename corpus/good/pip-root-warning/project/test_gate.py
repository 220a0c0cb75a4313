import logging
import unittest

import greet


class Gate(unittest.TestCase):
    def test_permission_denied(self):
        try:
            raise PermissionError(13, "Permission denied", "/etc/shadow")
        except PermissionError:
            logging.exception("could not read the key")

    def test_greets(self):
        self.assertEqual(greet.text("gate"), "Hello, gate")
