import java.awt.*;
import java.awt.event.*;
import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.List;
import javax.swing.*;
import javax.swing.tree.*;

/** Shows the windows that a test describes, as Swing ones, and tells what is done in them. */
public final class StandIn {
    private final Map<Integer, Component> parts = new HashMap<>();
    private final Map<Component, Integer> ids = new HashMap<>();
    private final Map<Integer, String> selected = new HashMap<>();
    private PrintWriter out;
    private boolean quiet; // what we change ourselves is not told
    private String launcher;

    public static void main(String[] arguments) throws Exception {
        new StandIn().run(arguments);
    }

    private void run(String[] arguments) throws Exception {
        launcher = arguments[1];
        Socket socket = new Socket("127.0.0.1", Integer.parseInt(arguments[0]));
        socket.setTcpNoDelay(true);
        out = new PrintWriter(new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8), true);
        String restart = System.getProperty("restart", "");
        tell("hello", ProcessHandle.current().pid(), restart);
        BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        List<String[]> batch = new ArrayList<>();
        for (String line; (line = lines.readLine()) != null; ) {
            String[] words = line.split("\t", -1);
            for (int i = 0; i < words.length; i++) words[i] = URLDecoder.decode(words[i], "UTF-8");
            if (words[0].equals("halt")) Runtime.getRuntime().halt(Integer.parseInt(words[1]));
            if (words[0].equals("again")) {
                List<String> command = new ArrayList<>(Arrays.asList(launcher, "-J-Drestart=" + words[1]));
                new ProcessBuilder(command).inheritIO().start();
                System.exit(0);
            }
            if (words[0].equals("exit")) new Thread(() -> System.exit(Integer.parseInt(words[1]))).start();
            else batch.add(words);
            if (words[0].equals("part") || batch.isEmpty()) continue; // what follows shows it as a whole
            List<String[]> all = new ArrayList<>(batch);
            batch.clear();
            EventQueue.invokeLater(() -> all.forEach(this::perform));
        }
        Runtime.getRuntime().halt(3); // the test is no more
    }

    private synchronized void tell(Object... words) {
        StringBuilder line = new StringBuilder();
        try {
            for (Object word : words) line.append(line.length() > 0 ? "\t" : "").append(URLEncoder.encode(String.valueOf(word), "UTF-8"));
        } catch (UnsupportedEncodingException e) {
            throw new IllegalStateException(e);
        }
        out.println(line);
    }

    private void perform(String[] w) {
        quiet = true;
        try {
            int id = Integer.parseInt(w[1]);
            if (w[0].equals("part")) part(id, w);
            else if (w[0].equals("alive")) prune((Window) parts.get(id), w[2]);
            else if (w[0].equals("show")) show((Window) parts.get(id));
            else if (w[0].equals("close")) ((Window) parts.get(id)).dispose();
            else if (w[0].equals("hang")) hang(id);
        } finally {
            quiet = false;
        }
    }

    private void hang(int seconds) {
        tell("hangs", 0);
        try {
            Thread.sleep(seconds * 1000L);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** part id parent kind text enabled selected label name items */
    private void part(int id, String[] w) {
        Component c = parts.get(id);
        boolean made = c == null;
        if (made) {
            c = make(w[3]);
            parts.put(id, c);
            ids.put(c, id);
            Component parent = parts.get(Integer.parseInt(w[2]));
            if (parent != null) add(parent, c);
        }
        c.setEnabled(w[5].equals("1"));
        c.setName(w[8].isEmpty() ? null : w[8]);
        if (c instanceof Frame) ((Frame) c).setTitle(w[4]);
        if (c instanceof Dialog) ((Dialog) c).setTitle(w[4]);
        if (c instanceof JLabel) ((JLabel) c).setText(w[4]);
        if (c instanceof AbstractButton) {
            ((AbstractButton) c).setText(w[4]);
            // only what the test has changed: what was clicked meanwhile is not undone
            if (!w[6].equals(selected.put(id, w[6]))) ((AbstractButton) c).setSelected(w[6].equals("1"));
        }
        if (made && c instanceof javax.swing.text.JTextComponent) ((javax.swing.text.JTextComponent) c).setText(w[4]);
        if (made && c instanceof JTextField) {
            JTextField field = (JTextField) c;
            field.getDocument().addDocumentListener(new javax.swing.event.DocumentListener() {
                @Override
                public void insertUpdate(javax.swing.event.DocumentEvent e) {
                    tell("typed", id, field.getText());
                }

                @Override
                public void removeUpdate(javax.swing.event.DocumentEvent e) {
                    tell("typed", id, field.getText());
                }

                @Override
                public void changedUpdate(javax.swing.event.DocumentEvent e) {
                    tell("typed", id, field.getText());
                }
            });
        }
        List<String> items = w[9].isEmpty() ? new ArrayList<>() : Arrays.asList(w[9].split("\u001f"));
        if (c instanceof JList) listItems(id, (JList<String>) c, items, made);
        if (c instanceof JTree && made) treeItems(id, (JTree) c, items);
        if (made && c instanceof AbstractButton) ((AbstractButton) c).addActionListener(e -> clicked(id, (AbstractButton) e.getSource()));
    }

    private void listItems(int id, JList<String> list, List<String> items, boolean made) {
        DefaultListModel<String> model = new DefaultListModel<>();
        items.forEach(model::addElement);
        int before = list.getSelectedIndex();
        list.setModel(model);
        list.setSelectedIndex(before);
        if (made) list.addListSelectionListener(e -> {
            if (!quiet && !e.getValueIsAdjusting()) tell("select", id, list.getSelectedIndex());
        });
    }

    private void treeItems(int id, JTree tree, List<String> items) {
        Map<String, DefaultMutableTreeNode> nodes = new HashMap<>();
        DefaultMutableTreeNode root = null;
        for (String item : items) {
            int at = item.lastIndexOf('\t');
            DefaultMutableTreeNode node = new DefaultMutableTreeNode(item.substring(at + 1));
            nodes.put(item, node);
            if (at < 0) root = node;
            else nodes.get(item.substring(0, at)).add(node);
        }
        tree.setModel(new DefaultTreeModel(root));
        tree.addTreeSelectionListener(e -> {
            Object[] path = e.getPath().getPath();
            StringBuilder text = new StringBuilder();
            for (Object part : path) text.append(text.length() > 0 ? "\t" : "").append(part);
            tell("select", id, items.indexOf(text.toString()));
        });
    }

    private void clicked(int id, AbstractButton button) {
        if (quiet) return;
        Container top = SwingUtilities.getWindowAncestor(button);
        if (top == null) // an item of a menu that is closed
            top = button.getParent();
        if (top != null) fields(top);
        tell("state", id, button.isSelected() ? 1 : 0);
        tell("click", id);
    }

    private void fields(Container top) {
        for (Component c : top.getComponents()) {
            if (c instanceof JCheckBox || c instanceof JRadioButton) tell("state", ids.get(c), ((AbstractButton) c).isSelected() ? 1 : 0);
            if (c instanceof Container) fields((Container) c);
        }
    }

    private Component make(String kind) {
        switch (kind) {
            case "frame": return window(new JFrame());
            case "dialog": return window(new JDialog((Frame) null, true));
            case "button": return new JButton();
            case "toggle": return new JToggleButton();
            case "check": return new JCheckBox();
            case "radio": return new JRadioButton();
            case "menu": return new JMenu();
            case "item": return new JMenuItem();
            case "label": return new JLabel();
            case "text": return new JTextField(20);
            case "password": return new JPasswordField(20);
            case "area": return new JTextArea();
            case "list": return new JList<String>();
            case "tree": return new JTree(new DefaultTreeModel(null));
            case "row": return new JPanel(new FlowLayout(FlowLayout.LEFT, 4, 1));
            default: return column(new JPanel());
        }
    }

    private static <C extends Container> C column(C container) {
        container.setLayout(new BoxLayout(container, BoxLayout.Y_AXIS));
        return container;
    }

    private <W extends Window> W window(W window) {
        if (window instanceof JFrame) ((JFrame) window).setDefaultCloseOperation(WindowConstants.DO_NOTHING_ON_CLOSE);
        if (window instanceof JDialog) ((JDialog) window).setDefaultCloseOperation(WindowConstants.DO_NOTHING_ON_CLOSE);
        column(((RootPaneContainer) window).getContentPane());
        window.addWindowListener(new WindowAdapter() {
            @Override
            public void windowClosing(WindowEvent e) {
                tell("closing", ids.get(e.getWindow()));
            }
        });
        return window;
    }

    private static void add(Component parent, Component c) {
        if (parent instanceof JFrame && c instanceof JMenu) {
            JFrame frame = (JFrame) parent;
            if (frame.getJMenuBar() == null) frame.setJMenuBar(new JMenuBar());
            frame.getJMenuBar().add((JMenu) c);
        } else if (parent instanceof JMenu) ((JMenu) parent).add((JMenuItem) c);
        else if (parent instanceof RootPaneContainer) ((RootPaneContainer) parent).getContentPane().add(c);
        else ((Container) parent).add(c);
    }

    /** Takes out what is no longer part of a window. */
    private void prune(Window window, String alive) {
        Set<String> keep = new HashSet<>(Arrays.asList(alive.split(",")));
        for (Map.Entry<Integer, Component> e : new ArrayList<>(parts.entrySet())) {
            Component c = e.getValue();
            if (SwingUtilities.getWindowAncestor(c) == window && !keep.contains(e.getKey().toString())) {
                c.getParent().remove(c);
                parts.remove(e.getKey());
                ids.remove(c);
            }
        }
        if (window.isShowing()) window.pack();
    }

    private void show(Window window) {
        window.pack();
        quiet = false; // a modal dialog stays in here until it is closed
        window.setVisible(true);
    }
}
